import type { FirewallAddress, FirewallPlan } from './link-plan.js';
import { unquotable } from './nft-words.js';

/**
 * The packet filter of one network as text for `nft -f -`, with the effect of the iptables rules of libvirt 9.0.
 *
 * Each network has a table of its own, replaced whole in one transaction. nftables runs the chains of all tables on a hook one after
 * another: an accept ends only its own chain, a reject is final. So every rule here names the network's bridge, and says nothing of
 * other traffic; and a packet from one network to another passes when the tables of both accept it. In libvirt's single list the
 * receiving network decides first, but a connection that the sending network forbids fails there as well, on its way back.
 *
 * The accepts of `input` and `output` therefore state what the host must let in, but cannot overrule a host firewall that drops it.
 * libvirt's checksum fill of DHCP replies has no counterpart in nftables; only DHCP clients that check the UDP checksum of a packet
 * which virtio marks as unchecked would miss it.
 */
export type NftAnswer =
  /** For mode `open`, which leaves all filtering to the administrator, the text removes what another mode left. */
  { readonly type: 'rules'; readonly text: string } | { readonly type: 'refused'; readonly reason: string };

/** A name for the network's table: letters, digits and `_` only, different for different bridges. */
export const firewallTable = (bridge: string): string =>
  `virtbus_${bridge.replaceAll(/[^A-Za-z0-9]/gu, (odd) => `_${[...new TextEncoder().encode(odd)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`)}`;

/** Removes the table, also when it does not exist. */
export const removalRules = (bridge: string): string =>
  `table inet ${firewallTable(bridge)} {}\ndelete table inet ${firewallTable(bridge)}\n`;

export function nftRules(plan: FirewallPlan): NftAnswer {
  const reason = unquotable(plan);
  if (reason !== undefined) return { type: 'refused', reason };
  const removal = removalRules(plan.bridge);
  if (plan.mode === 'open') return { type: 'rules', text: removal };
  const chains = [chain('input', 'filter hook input priority filter', inputRules(plan))];
  chains.push(chain('output', 'filter hook output priority filter', outputRules(plan)));
  chains.push(chain('forward', 'filter hook forward priority filter', forwardRules(plan)));
  if (plan.mode === 'nat') chains.push(chain('postrouting', 'nat hook postrouting priority srcnat', natRules(plan)));
  return { type: 'rules', text: `${removal}table inet ${firewallTable(plan.bridge)} {\n${chains.join('\n')}}\n` };
}

const chain = (name: string, hook: string, rules: readonly string[]): string =>
  `  chain ${name} {\n    type ${hook}; policy accept;\n${rules.map((rule) => `    ${rule}\n`).join('')}  }\n`;

const familyWord = { ipv4: 'ip', ipv6: 'ip6' } as const;
const hasIpv6 = ({ addresses }: FirewallPlan): boolean => addresses.some(({ family }) => family === 'ipv6');

function inputRules(plan: FirewallPlan): string[] {
  const from = `iifname "${plan.bridge}"`;
  return [
    `${from} meta nfproto ipv4 meta l4proto { tcp, udp } th dport { 53, 67 } accept`,
    ...(servesTftp(plan) ? [`${from} meta nfproto ipv4 udp dport 69 accept`] : []),
    ...(hasIpv6(plan)
      ? [`${from} meta nfproto ipv6 meta l4proto { tcp, udp } th dport 53 accept`, `${from} meta nfproto ipv6 udp dport 547 accept`]
      : []),
  ];
}

function outputRules(plan: FirewallPlan): string[] {
  const to = `oifname "${plan.bridge}"`;
  return [
    `${to} meta nfproto ipv4 meta l4proto { tcp, udp } th dport { 53, 68 } accept`,
    ...(servesTftp(plan) ? [`${to} meta nfproto ipv4 udp dport 69 accept`] : []),
    ...(hasIpv6(plan)
      ? [`${to} meta nfproto ipv6 meta l4proto { tcp, udp } th dport 53 accept`, `${to} meta nfproto ipv6 udp dport 546 accept`]
      : []),
  ];
}

const servesTftp = ({ addresses }: FirewallPlan): boolean => addresses.some(({ family, tftp }) => family === 'ipv4' && tftp === true);

/** Between guests; then to the network, then from it; whatever is left of either is rejected, in the families that the network has. */
function forwardRules(plan: FirewallPlan): string[] {
  const families = hasIpv6(plan) || plan.guestIpv6 === true ? '{ ipv4, ipv6 }' : 'ipv4';
  const [from, to] = [`iifname "${plan.bridge}"`, `oifname "${plan.bridge}"`];
  const routed = plan.mode === 'none' ? [] : plan.addresses;
  return [
    `${from} ${to} meta nfproto ${families} accept`,
    ...routed.map((address) => `${device('iifname', plan)}${to} ${network(address, 'daddr')}${replies(plan, address)} accept`),
    `${to} meta nfproto ${families} reject`,
    ...routed.map((address) => `${from} ${device('oifname', plan)}${network(address, 'saddr')} accept`),
    `${from} meta nfproto ${families} reject`,
  ];
}

const device = (direction: 'iifname' | 'oifname', { forwardDevice }: FirewallPlan): string =>
  forwardDevice === undefined ? '' : `${direction} "${forwardDevice}" `;

const network = ({ family, address, prefix }: FirewallAddress, side: 'saddr' | 'daddr', operator = ''): string =>
  `${familyWord[family]} ${side} ${operator}${address}/${prefix}`;

/** Of a translated network only answers come in; a routed one is reachable from outside. */
const replies = (plan: FirewallPlan, address: FirewallAddress): string =>
  isTranslated(plan, address) ? ' ct state established,related' : '';

const isTranslated = ({ mode, nat }: FirewallPlan, { family }: FirewallAddress): boolean =>
  mode === 'nat' && (family === 'ipv4' || nat?.ipv6 === true);

const natRules = (plan: FirewallPlan): string[] =>
  plan.addresses
    .filter((address) => isTranslated(plan, address))
    .flatMap((address) => [...untranslated(address), ...translations(plan, address)]);

/** Multicast and broadcast stay as they are. */
function untranslated(address: FirewallAddress): string[] {
  const from = network(address, 'saddr');
  return address.family === 'ipv4' ? [`${from} ip daddr { 224.0.0.0/24, 255.255.255.255 } return`] : [`${from} ip6 daddr ff02::/16 return`];
}

/** Ports are moved into the range too, so that a guest does not take one below 1024 of the host. */
function translations(plan: FirewallPlan, address: FirewallAddress): string[] {
  const { start, end } = plan.nat?.ports ?? { start: 1024, end: 65535 };
  const packets = `${device('oifname', plan)}${network(address, 'saddr')} ${network(address, 'daddr', '!= ')}`;
  const range = address.family === 'ipv4' ? plan.nat?.addresses : undefined;
  const [plain, withPorts] = range
    ? [`snat ip to ${range.start}-${range.end}`, `snat ip to ${range.start}-${range.end}:${start}-${end}`]
    : ['masquerade', `masquerade to :${start}-${end}`];
  return [`${packets} meta l4proto { tcp, udp } ${withPorts}`, `${packets} ${plain}`];
}
