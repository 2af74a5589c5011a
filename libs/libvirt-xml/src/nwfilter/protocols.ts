/** The protocols that a rule can match, each with its attributes in the order in which libvirt writes them. */
import { attr, type Attribute, type MixedItem } from '../model/field.js';
import { element, type Element } from '../model/element.js';
import { fault, type Place } from '../model/place.js';
import type { Scalar } from '../model/scalar.js';
import { NWFILTER } from './nwfilter-module.js';
import * as of from './scalars.js';

const field = (scalar: Scalar<string>): Attribute<string, 'maybe'> =>
  attr(scalar, { invalid: (given, at) => fault(at, 'INTERNAL_ERROR', `${at.attribute} has illegal value ${given}`, NWFILTER) });

const match = { match: attr(of.match, { blank: ['yes'] }) };
const comment = { comment: field(of.comment) };

const source = { srcmacaddr: field(of.macAddress) };
const maskedSource = { ...source, srcmacmask: field(of.macAddress) };
const layer2 = { ...maskedSource, dstmacaddr: field(of.macAddress), dstmacmask: field(of.macAddress) };

const families = {
  ipv4: { address: of.ipv4Address, mask: of.ipv4Mask },
  ipv6: { address: of.ipv6Address, mask: of.ipv6Mask },
} as const;

const addresses = ({ address, mask }: (typeof families)[keyof typeof families]) => ({
  srcipaddr: field(address),
  srcipmask: field(mask),
  dstipaddr: field(address),
  dstipmask: field(mask),
});

const ranges = ({ address }: (typeof families)[keyof typeof families]) => ({
  srcipfrom: field(address),
  srcipto: field(address),
  dstipfrom: field(address),
  dstipto: field(address),
});

const ports = {
  srcportstart: field(of.uint16),
  srcportend: field(of.uint16),
  dstportstart: field(of.uint16),
  dstportend: field(of.uint16),
};

const arp = {
  hwtype: field(of.uint16),
  protocoltype: field(of.uint16),
  opcode: field(of.arpOpcode),
  arpsrcmacaddr: field(of.macAddress),
  arpdstmacaddr: field(of.macAddress),
  arpsrcipaddr: field(of.ipv4Address),
  arpsrcipmask: field(of.ipv4Mask),
  arpdstipaddr: field(of.ipv4Address),
  arpdstipmask: field(of.ipv4Mask),
  gratuitous: field(of.trueFalse),
};

const stp = {
  type: field(of.uint8),
  flags: field(of.uint8),
  'root-priority': field(of.uint16),
  'root-priority-hi': field(of.uint16),
  'root-address': field(of.macAddress),
  'root-address-mask': field(of.macAddress),
  'root-cost': field(of.uint32),
  'root-cost-hi': field(of.uint32),
  'sender-priority': field(of.uint16),
  'sender-priority-hi': field(of.uint16),
  'sender-address': field(of.macAddress),
  'sender-address-mask': field(of.macAddress),
  port: field(of.uint16),
  'port-hi': field(of.uint16),
  age: field(of.uint16),
  'age-hi': field(of.uint16),
  'max-age': field(of.uint16),
  'max-age-hi': field(of.uint16),
  'hello-time': field(of.uint16),
  'hello-time-hi': field(of.uint16),
  'forward-delay': field(of.uint16),
  'forward-delay-hi': field(of.uint16),
};

/** What protocols above IP have in common. */
const layer3 = (family: keyof typeof families) => ({
  ...match,
  ...source,
  ...addresses(families[family]),
  ...ranges(families[family]),
  dscp: field(of.sixBits),
  'connlimit-above': field(of.uint16),
  state: field(of.connectionState),
});

const ipset = { ipset: field(of.ipsetName), ipsetflags: field(of.ipsetFlags) };
const tcp = { option: field(of.uint8), flags: field(of.tcpFlags) };
const icmp = { type: field(of.uint8), code: field(of.uint8) };
const icmpRanges = { type: field(of.uint8), typeend: field(of.uint8), code: field(of.uint8), codeend: field(of.uint8) };

const PORT_PROTOCOLS: readonly (string | undefined)[] = ['tcp', 'udp', 'sctp', '33', '0x21'];

/** Ports say nothing without a protocol that has them; the protocol may be a variable. */
function checkPorts(
  value: { readonly protocol?: string; readonly srcportstart?: string; readonly dstportstart?: string },
  at: Place,
): void {
  if (value.srcportstart === undefined && value.dstportstart === undefined) return;
  if (PORT_PROTOCOLS.includes(value.protocol) || value.protocol?.startsWith('$') === true) return;
  const words =
    'IP rule with port specification requires protocol specification with protocol to be either one of tcp(6), udp(17), dccp(33), or sctp(132)';
  throw fault(at, 'INTERNAL_ERROR', words, NWFILTER);
}

const ip = (family: keyof typeof families) => ({
  ...match,
  ...layer2,
  ...addresses(families[family]),
  protocol: field(of.ipProtocol),
  ...ports,
});

const layer3Protocols = {
  tcp: element({ ...layer3('ipv4'), ...ports, ...tcp, ...comment }),
  udp: element({ ...layer3('ipv4'), ...ports, ...comment }),
  sctp: element({ ...layer3('ipv4'), ...ports, ...comment }),
  udplite: element({ ...layer3('ipv4'), ...comment }),
  icmp: element({ ...layer3('ipv4'), ...icmp, ...comment }),
  igmp: element({ ...layer3('ipv4'), ...comment }),
  esp: element({ ...layer3('ipv4'), ...comment }),
  ah: element({ ...layer3('ipv4'), ...comment }),
  all: element({ ...layer3('ipv4'), ...ipset, ...comment }),
  'tcp-ipv6': element({ ...layer3('ipv6'), ...ports, ...tcp, ...comment }),
  'udp-ipv6': element({ ...layer3('ipv6'), ...ports, ...comment }),
  'sctp-ipv6': element({ ...layer3('ipv6'), ...ports, ...comment }),
  'udplite-ipv6': element({ ...layer3('ipv6'), ...comment }),
  icmpv6: element({ ...layer3('ipv6'), ...icmp, ...comment }),
  'esp-ipv6': element({ ...layer3('ipv6'), ...comment }),
  'ah-ipv6': element({ ...layer3('ipv6'), ...comment }),
  'all-ipv6': element({ ...layer3('ipv6'), ...ipset, ...comment }),
} as const;

export const protocols = {
  mac: element({ ...match, ...layer2, protocolid: field(of.protocolId), ...comment }),
  vlan: element({ ...match, ...layer2, vlanid: field(of.vlanId), 'encap-protocol': field(of.protocolId), ...comment }),
  stp: element({ ...match, ...maskedSource, ...stp, ...comment }),
  arp: element({ ...match, ...layer2, ...arp, ...comment }),
  rarp: element({ ...match, ...layer2, ...arp, ...comment }),
  ip: element({ ...ip('ipv4'), dscp: field(of.sixBits), ...comment }, { refine: (value, at) => (checkPorts(value, at), value) }),
  ipv6: element({ ...ip('ipv6'), ...icmpRanges, ...comment }, { refine: (value, at) => (checkPorts(value, at), value) }),
  ...layer3Protocols,
} as const satisfies Readonly<Record<string, Element<unknown>>>;

export type RuleProtocol = keyof typeof protocols;
/** What a rule matches: a protocol by name, and the attributes that are written. */
export type RuleMatch = MixedItem<typeof protocols>;
