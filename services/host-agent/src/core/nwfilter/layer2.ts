/** Conditions of rules about frames: what libvirt gives to ebtables. */
import { arpOpcodes, etherTypes, ipProtocols, parseIp } from '@virtbus/libvirt-xml';
import { addressIn, asHex, bits, maskedMac, macIn, networkIn, numberIn, rangeIn, type Condition } from './condition.js';
import { Refused, refused, type PlainRule } from './filter-rule.js';

type Attributes = PlainRule['attributes'];
/** Turns the attributes of a rule into what it looks at. */
type Reader = (given: Attributes) => Condition[];

const BRIDGE_GROUP = '01:80:c2:00:00:00';

export const etherType = (number: number): Condition => ({ field: 'ether type', value: asHex(number, 4) });

export const knownNumber = (names: Readonly<Record<string, number>>, value: string, max: number): number =>
  names[value] ?? numberIn(value, max);

/** One condition when the attribute is written. */
const when = (value: string | undefined, make: (value: string) => Condition): Condition[] => (value === undefined ? [] : [make(value)]);

const macs: Reader = ({ srcmacaddr, srcmacmask, dstmacaddr, dstmacmask }) => [
  ...when(srcmacaddr, (mac) => ({ field: 'ether saddr', ...maskedMac(mac, srcmacmask) })),
  ...when(dstmacaddr, (mac) => ({ field: 'ether daddr', ...maskedMac(mac, dstmacmask) })),
];

/** A field of a header that nftables has no name for, or names for one protocol only: bits from the start of the network header. */
const raw = (offset: number, width: number): string => `@nh,${offset * 8},${width}`;

const rawNumber =
  (offset: number, width: 8 | 16 | 32) =>
  (from: string, to?: string): Condition => ({
    field: raw(offset, width),
    value: rangeIn(from, to, 2 ** width - 1),
  });

const macNumber = (mac: string): bigint => BigInt(`0x${mac.replaceAll(':', '')}`);

function rawMac(offset: number, mac: string, mask?: string): Condition {
  const masked = maskedMac(mac, mask);
  const value = asHex(macNumber(masked.value), 12);
  return { field: raw(offset, 48), value, ...(masked.mask === undefined ? {} : { mask: asHex(macNumber(masked.mask), 12) }) };
}

function rawAddress(offset: number, address: string, mask: string | undefined): Condition {
  const [, prefix = '32'] = networkIn(address, mask, 'ipv4').split('/');
  const ones = ((1n << BigInt(prefix)) - 1n) << BigInt(bits.ipv4 - Number(prefix));
  const value = (parseIp(addressIn(address, 'ipv4'))?.bits ?? 0n) & ones;
  const whole = prefix === String(bits.ipv4);
  return { field: raw(offset, 32), value: asHex(value, 8), ...(whole ? {} : { mask: asHex(ones, 8) }) };
}

/** RFC 826, behind the frame's header. RARP has the same layout, under a type for which nftables has no names. */
const arp: Reader = (given) => {
  if (given['gratuitous'] === 'true') {
    throw new Refused(
      refused('unsupported', "gratuitous='true' of an ARP rule cannot be matched by nftables: it compares no field with another"),
    );
  }
  return [
    ...when(given['hwtype'], (value) => rawNumber(0, 16)(value)),
    ...when(given['protocoltype'], (value) => rawNumber(2, 16)(value)),
    ...when(given['opcode'], (value) => rawNumber(6, 16)(String(knownNumber(arpOpcodes, value, 0xffff)))),
    ...when(given['arpsrcmacaddr'], (mac) => rawMac(8, macIn(mac))),
    ...when(given['arpsrcipaddr'], (address) => rawAddress(14, address, given['arpsrcipmask'])),
    ...when(given['arpdstmacaddr'], (mac) => rawMac(18, macIn(mac))),
    ...when(given['arpdstipaddr'], (address) => rawAddress(24, address, given['arpdstipmask'])),
  ];
};

/** IEEE 802.1D, 9.3.1: three octets of LLC, then the BPDU. Offsets and widths of its numbers. */
const bpduNumbers: readonly (readonly [attribute: string, offset: number, width: 8 | 16 | 32])[] = [
  ['type', 6, 8],
  ['flags', 7, 8],
  ['root-priority', 8, 16],
  ['root-cost', 16, 32],
  ['sender-priority', 20, 16],
  ['port', 28, 16],
  ['age', 30, 16],
  ['max-age', 32, 16],
  ['hello-time', 34, 16],
  ['forward-delay', 36, 16],
];

const stp: Reader = (given) => [
  ...bpduNumbers.flatMap(([attribute, offset, width]) =>
    when(given[attribute], (value) => rawNumber(offset, width)(value, given[`${attribute}-hi`])),
  ),
  ...when(given['root-address'], (mac) => rawMac(10, mac, given['root-address-mask'])),
  ...when(given['sender-address'], (mac) => rawMac(22, mac, given['sender-address-mask'])),
];

export const ports: Reader = ({ srcportstart, srcportend, dstportstart, dstportend }) => [
  ...when(srcportstart, (from) => ({ field: 'th sport', value: rangeIn(from, srcportend, 0xffff) })),
  ...when(dstportstart, (from) => ({ field: 'th dport', value: rangeIn(from, dstportend, 0xffff) })),
];

const families = { ipv4: { header: 'ip', protocol: 'ip protocol' }, ipv6: { header: 'ip6', protocol: 'meta l4proto' } } as const;

/** Addresses of an IP header. */
export const addresses =
  (family: 'ipv4' | 'ipv6'): Reader =>
  ({ srcipaddr, srcipmask, dstipaddr, dstipmask }) => [
    ...when(srcipaddr, (address) => ({ field: `${families[family].header} saddr`, value: networkIn(address, srcipmask, family) })),
    ...when(dstipaddr, (address) => ({ field: `${families[family].header} daddr`, value: networkIn(address, dstipmask, family) })),
  ];

/** IPv6's protocol stands behind the extension headers: `meta l4proto` has gone past them. */
export const ipProtocol = (family: 'ipv4' | 'ipv6', value: string): Condition => ({
  field: families[family].protocol,
  value: String(knownNumber(ipProtocols, value, 0xff)),
});

export const dscp =
  (family: 'ipv4' | 'ipv6'): Reader =>
  (given) =>
    when(given['dscp'], (value) => ({ field: `${families[family].header} dscp`, value: String(numberIn(value, 63)) }));

const icmpv6: Reader = ({ type, typeend, code, codeend }) => [
  ...when(type, (from) => ({ field: 'icmpv6 type', value: rangeIn(from, typeend, 0xff) })),
  ...when(code, (from) => ({ field: 'icmpv6 code', value: rangeIn(from, codeend, 0xff) })),
];

const ip =
  (family: 'ipv4' | 'ipv6'): Reader =>
  (given) => [...addresses(family)(given), ...when(given['protocol'], (value) => ipProtocol(family, value)), ...ports(given)];

/** What a protocol always looks at, and what its attributes add. The first is never negated. */
const readers: Readonly<Record<string, { readonly always: readonly Condition[]; readonly read: Reader }>> = {
  mac: {
    always: [],
    read: (given) => when(given['protocolid'], (value) => etherType(knownNumber(etherTypes, value, 0xffff))),
  },
  vlan: {
    always: [etherType(etherTypes.vlan)],
    read: (given) => [
      ...when(given['vlanid'], (value) => ({ field: 'vlan id', value: String(numberIn(value, 4095)) })),
      ...when(given['encap-protocol'], (value) => ({ field: 'vlan type', value: asHex(knownNumber(etherTypes, value, 0xffff), 4) })),
    ],
  },
  stp: { always: [{ field: 'ether daddr', value: BRIDGE_GROUP }], read: stp },
  arp: { always: [etherType(etherTypes.arp)], read: arp },
  rarp: { always: [etherType(etherTypes.rarp)], read: arp },
  ip: { always: [etherType(etherTypes.ipv4)], read: (given) => [...ip('ipv4')(given), ...dscp('ipv4')(given)] },
  ipv6: { always: [etherType(etherTypes.ipv6)], read: (given) => [...ip('ipv6')(given), ...icmpv6(given)] },
};

export const isLayer2 = ({ protocol }: PlainRule): boolean => protocol === undefined || Object.hasOwn(readers, protocol);

/** @throws Refused */
export function layer2Conditions({ protocol = 'mac' }: Pick<PlainRule, 'protocol'>, attributes: Attributes): Condition[] {
  const reader = readers[protocol];
  if (!reader) throw new Refused(refused('unsupported', `rules about ${protocol} are not about frames`));
  const { always, read } = reader;
  const negated = attributes['match'] === 'no';
  const own = [...macs(attributes), ...read(attributes)];
  return [...always, ...own.map((condition) => (negated ? { ...condition, not: true } : condition))];
}

/** The kind of frame that a chain of that name is for. */
export function chainConditions(chain: string): Condition[] {
  if (chain.startsWith('stp')) return [{ field: 'ether daddr', value: BRIDGE_GROUP }];
  const type = (['rarp', 'arp', 'ipv4', 'ipv6', 'vlan'] as const).find((prefix) => chain.startsWith(prefix));
  return type === undefined ? [] : [etherType(etherTypes[type])];
}

/** The same rule seen from the other side. */
export const reversed = (attributes: Attributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).map(([name, value]) => [swapped(name), value]));

const swapped = (name: string): string =>
  name.replace(/^(arp)?(src|dst)/, (_, prefix: string | undefined, side: string) => `${prefix ?? ''}${side === 'src' ? 'dst' : 'src'}`);
