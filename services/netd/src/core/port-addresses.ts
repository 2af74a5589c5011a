/**
 * Which addresses a port may have: the one that the network's definition names for it, else any of the DHCP ranges, tried from a place
 * that the MAC alone decides, so that a guest tends to keep its address.
 */
import { effectivePrefix, formatIp, networkOf, parseIp, type IpAddress, type NetworkDef } from '@virtbus/libvirt-xml';

type Ip = NetworkDef['ip'][number];
type Host = NonNullable<Ip['dhcp']>['host'][number];
type Family = IpAddress['family'];

export interface AddressWish {
  readonly family: Family;
  /** The definition's word for this MAC, or for a host of the domain's name. */
  readonly fixed?: string;
  /** Whether an address is in a range and nobody else's by the definition. */
  readonly allows: (address: string) => boolean;
  /** Every address that is allowed, in the order of trying. */
  readonly candidates: () => Iterable<string>;
  /** How long a lease of it may be in use after its port has gone. */
  readonly leaseMs: number;
}

export interface Wisher {
  readonly mac: string;
  readonly domainName: string;
}

/** dnsmasq's own, when a range says nothing. */
const DEFAULT_LEASE_MS = 3_600_000;
/** Leases without end: by then a host has long forgotten them. */
const LONGEST_LEASE_MS = 7 * 24 * 3_600_000;
const unitMs = { seconds: 1_000, minutes: 60_000, hours: 3_600_000 } as const;

/** One wish for each family in which the network lends addresses. */
export const addressWishes = (network: NetworkDef, wisher: Wisher): AddressWish[] =>
  (['ipv4', 'ipv6'] as const).flatMap((family) => wishOf(network, wisher, family) ?? []);

function wishOf(network: NetworkDef, wisher: Wisher, family: Family): AddressWish | undefined {
  const ip = network.ip.find((each) => familyOf(each) === family && each.dhcp);
  if (!ip?.dhcp) return undefined;
  const own = ip.dhcp.host.find((host) => isFor(host, wisher));
  const reserved = new Set([...network.ip.map((each) => canonical(each.address)), ...ip.dhcp.host.map((host) => canonical(host.ip ?? ''))]);
  const ranges = ip.dhcp.range.map(boundsOf);
  const edges = new Set(edgesOf(ip));
  const allows = (address: string): boolean =>
    !reserved.has(address) && !edges.has(address) && ranges.some((range) => isWithin(address, range));
  return {
    family,
    ...(own?.ip === undefined ? {} : { fixed: canonical(own.ip) }),
    allows,
    candidates: () => walk(ranges, hashOf(wisher.mac), family, allows),
    leaseMs: Math.max(...ip.dhcp.range.map(leaseMsOf), DEFAULT_LEASE_MS),
  };
}

/** A host entry with a MAC is for that MAC; one without is for whoever has its name. */
const isFor = (host: Host, { mac, domainName }: Wisher): boolean =>
  host.mac === undefined ? host.id === undefined && host.name === domainName : host.mac.toLowerCase() === mac;

interface Bounds {
  readonly first: bigint;
  readonly last: bigint;
}

const familyOf = (ip: Ip): Family => (ip.family === 'ipv6' ? 'ipv6' : 'ipv4');
const bitsOf = (text: string): bigint => parseIp(text)?.bits ?? 0n;
const boundsOf = ({ start, end }: { readonly start: string; readonly end: string }): Bounds => ({
  first: bitsOf(start),
  last: bitsOf(end),
});
const isWithin = (address: string, { first, last }: Bounds): boolean => bitsOf(address) >= first && bitsOf(address) <= last;

/** One text for one address, however it was written. */
function canonical(text: string): string {
  const ip = parseIp(text);
  return ip ? formatIp(ip) : text;
}

/** The network's own address and, in IPv4, its broadcast address. */
function edgesOf(ip: Ip): string[] {
  const address = parseIp(ip.address);
  if (!address) return [];
  const { family, bits } = networkOf(address, effectivePrefix(ip));
  const hostBits = BigInt((family === 'ipv4' ? 32 : 128) - effectivePrefix(ip));
  return [formatIp({ family, bits }), ...(family === 'ipv4' ? [formatIp({ family, bits: bits | ((1n << hostBits) - 1n) })] : [])];
}

function* walk(ranges: readonly Bounds[], start: number, family: Family, allows: (address: string) => boolean): Iterable<string> {
  const sizes = ranges.map(({ first, last }) => Number(last - first) + 1);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  for (let step = 0; step < total; step += 1) {
    const address = formatIp({ family, bits: nth(ranges, sizes, (start + step) % total) });
    if (allows(address)) yield address;
  }
}

function nth(ranges: readonly Bounds[], sizes: readonly number[], index: number): bigint {
  let left = index;
  for (const [at, { first }] of ranges.entries()) {
    const size = sizes[at] ?? 0;
    if (left < size) return first + BigInt(left);
    left -= size;
  }
  return 0n;
}

function leaseMsOf({ lease }: { readonly lease?: { readonly expiry: number; readonly unit?: keyof typeof unitMs } }): number {
  if (!lease) return DEFAULT_LEASE_MS;
  return lease.expiry === 0 ? LONGEST_LEASE_MS : Math.min(lease.expiry * unitMs[lease.unit ?? 'minutes'], LONGEST_LEASE_MS);
}

/** FNV-1a, 32 bits. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
