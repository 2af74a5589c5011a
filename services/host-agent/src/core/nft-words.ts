import type { FirewallAddress, FirewallPlan } from './link-plan.js';

/** What can stand between quotes in nft's language as it is. A `*` at the end would match every name that begins so. */
const linkName = /^[!#-)+-.0-9;-[\]-~]{1,15}$/;
const addressText = { ipv4: /^\d{1,3}(?:\.\d{1,3}){3}$/, ipv6: /^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*$/ } as const;
const addressBits = { ipv4: 32, ipv6: 128 } as const;

/**
 * Why a plan cannot be written into rules; undefined when it can. The values go into a program text, so each is checked for its form
 * here, whoever checked it before.
 */
export const unquotable = (plan: FirewallPlan): string | undefined =>
  badName(plan.bridge) ?? badName(plan.forwardDevice) ?? badAddress(plan.addresses) ?? badNatAddresses(plan.nat) ?? badNatPorts(plan.nat);

const badName = (name: string | undefined): string | undefined =>
  name === undefined || linkName.test(name) ? undefined : `${JSON.stringify(name)} cannot be the name of a link in a rule`;

function badAddress(addresses: readonly FirewallAddress[]): string | undefined {
  const bad = addresses.find(
    ({ family, address, prefix }) => !addressText[family].test(address) || !isWithin(prefix, 0, addressBits[family]),
  );
  return bad && `${JSON.stringify(bad.address)}/${bad.prefix} is not an ${bad.family} network`;
}

function badNatAddresses(nat: FirewallPlan['nat']): string | undefined {
  const range = nat?.addresses;
  return !range || [range.start, range.end].every((text) => addressText.ipv4.test(text))
    ? undefined
    : 'the range of NAT addresses is not of IPv4';
}

function badNatPorts(nat: FirewallPlan['nat']): string | undefined {
  const range = nat?.ports;
  const isGood = !range || (isWithin(range.start, 1, 65535) && isWithin(range.end, range.start, 65535));
  return isGood ? undefined : 'the range of NAT ports is not within 1 to 65535';
}

const isWithin = (value: number, least: number, most: number): boolean => Number.isInteger(value) && value >= least && value <= most;
