/**
 * Rules about packets above IP: what libvirt gives to iptables and ip6tables. A rule stands for a connection: one that lets packets go
 * one way also lets their answers come back. Where the kernel tracks connections of bridges in no table of its own, a set per interface
 * remembers the flows that were accepted.
 */
import { ipProtocols } from '@virtbus/libvirt-xml';
import { numberIn, type Condition } from './condition.js';
import { Refused, refused, type PlainRule } from './filter-rule.js';
import { addresses, dscp, etherType, ipProtocol, ports, reversed } from './layer2.js';

export type Family = 'ipv4' | 'ipv6';

/** What a rule wants of the flow that a packet belongs to. */
export type FlowState = 'any' | 'record' | 'known' | 'new';

export interface Layer3Rule {
  readonly direction: 'in' | 'out';
  readonly family: Family;
  readonly conditions: readonly Condition[];
  /** `any` looks at no flow; `record` remembers it; `known` is for flows remembered; `new` for others, which are then remembered. */
  readonly state: FlowState;
  /** The protocol's number; absent when the rule is for all. */
  readonly protocol: number | undefined;
}

type Attributes = PlainRule['attributes'];

const etherTypeOf = { ipv4: 0x0800, ipv6: 0x86dd } as const;

/** `tcp-ipv6` is IPv6; of the names without an ending only icmpv6 is. */
const familyOf = (protocol: string): Family => (protocol.endsWith('ipv6') || protocol === 'icmpv6' ? 'ipv6' : 'ipv4');

const ranges = (family: Family, { srcipfrom, srcipto, dstipfrom, dstipto }: Attributes): Condition[] =>
  (
    [
      ['saddr', srcipfrom, srcipto],
      ['daddr', dstipfrom, dstipto],
    ] as const
  ).flatMap(([side, from, to]) => {
    if (from === undefined) return [];
    const field = side === 'saddr' ? { srcipaddr: from } : { dstipaddr: from };
    const last = side === 'saddr' ? { srcipaddr: to ?? from } : { dstipaddr: to ?? from };
    const [first] = addresses(family)(field);
    const [end] = addresses(family)(last);
    return first && end ? [{ field: first.field, value: first.value === end.value ? first.value : `${first.value}-${end.value}` }] : [];
  });

const flagBits: Readonly<Record<string, number>> = { FIN: 0x01, SYN: 0x02, RST: 0x04, PSH: 0x08, ACK: 0x10, URG: 0x20, ALL: 0x3f, NONE: 0 };
const bitsOf = (words: string): number => words.split(',').reduce((sum, word) => sum | (flagBits[word] ?? 0), 0);

function tcp({ flags, option }: Attributes): Condition[] {
  const [looked = '', set = ''] = flags?.split('/') ?? [];
  return [
    ...(option === undefined ? [] : [{ field: `tcp option ${numberIn(option, 0xff)}`, value: 'exists' }]),
    ...(flags === undefined ? [] : [{ field: 'tcp flags', value: String(bitsOf(set)), mask: String(bitsOf(looked)) }]),
  ];
}

function icmp(family: Family, { type, code }: Attributes): Condition[] {
  const header = family === 'ipv4' ? 'icmp' : 'icmpv6';
  return [
    ...(type === undefined ? [] : [{ field: `${header} type`, value: String(numberIn(type, 0xff)) }]),
    ...(code === undefined ? [] : [{ field: `${header} code`, value: String(numberIn(code, 0xff)) }]),
  ];
}

/** What is looked at, in one direction. libvirt negates neither the protocol nor ports. */
function conditionsOf(name: string, attributes: Attributes): Pick<Layer3Rule, 'family' | 'conditions' | 'protocol'> {
  const family = familyOf(name);
  const plain = name.replace('-ipv6', '');
  const protocol = Object.entries(ipProtocols).find(([known]) => known === plain)?.[1];
  const negatable = [
    ...(attributes['srcmacaddr'] === undefined ? [] : [macCondition(attributes['srcmacaddr'])]),
    ...addresses(family)(attributes),
    ...ranges(family, attributes),
    ...dscp(family)(attributes),
    ...(plain === 'tcp' ? tcp(attributes) : []),
    ...(plain.startsWith('icmp') ? icmp(family, attributes) : []),
  ];
  const conditions = [
    etherType(etherTypeOf[family]),
    ...(protocol === undefined ? [] : [ipProtocol(family, String(protocol))]),
    ...negatable.map((condition) => (attributes['match'] === 'no' ? negated(condition) : condition)),
    ...ports(attributes),
  ];
  return { family, conditions, protocol };
}

const macCondition = (mac: string): Condition => ({ field: 'ether saddr', value: mac });
const negated = (condition: Condition): Condition =>
  condition.value === 'exists' ? { ...condition, value: 'missing' } : { ...condition, not: true };

/** An answer comes from another MAC, which nobody has named. */
function answering(attributes: Attributes): Attributes {
  const { srcmacaddr: _, ...rest } = attributes;
  return reversed(rest);
}

/** @throws Refused for what nftables cannot do on a bridge */
export function layer3Rules(rule: PlainRule): Layer3Rule[] {
  const { protocol: name = 'all', attributes } = rule;
  refuseUnsupported(attributes);
  const literal = conditionsOf(name, attributes);
  const answer = conditionsOf(name, answering(attributes));
  if (attributes['state'] !== undefined && attributes['state'] !== 'NONE' && rule.stateMatch) return byState(rule, literal);
  const [there, back] = statesOf(rule);
  // A packet of one ICMP type is not answered by one of the same type.
  const oneWay = attributes['type'] !== undefined || attributes['state'] === 'NONE';
  if (rule.direction === 'inout') {
    return [
      { ...literal, direction: 'in', state: there },
      { ...(oneWay ? literal : answer), direction: 'out', state: back },
    ];
  }
  const other = rule.direction === 'in' ? 'out' : 'in';
  return [
    { ...literal, direction: rule.direction, state: there },
    ...(oneWay ? [] : [{ ...answer, direction: other, state: back } as const]),
  ];
}

/** Only what accepts one way looks at flows: the way there records, the way back is for what was recorded. */
function statesOf({ action, direction, stateMatch, attributes }: PlainRule): readonly [FlowState, FlowState] {
  const stateless = action !== 'accept' || direction === 'inout' || !stateMatch || attributes['state'] === 'NONE';
  return stateless ? ['any', 'any'] : ['record', 'known'];
}

/** Rules that name the states themselves are for the direction that they name. */
function byState(rule: PlainRule, literal: Pick<Layer3Rule, 'family' | 'conditions' | 'protocol'>): Layer3Rule[] {
  const named = rule.attributes['state']?.split(',') ?? [];
  const [fresh, known] = [named.includes('NEW'), named.includes('ESTABLISHED')];
  if (!fresh && !known) {
    throw new Refused(refused('unsupported', `state='${named.join(',')}' of a rule cannot be matched on a bridge of this host`));
  }
  const state: FlowState = fresh && known ? (rule.action === 'accept' ? 'record' : 'any') : fresh ? 'new' : 'known';
  const directions = rule.direction === 'inout' ? (['in', 'out'] as const) : ([rule.direction] as const);
  return directions.map((direction) => ({ ...literal, direction, state }));
}

function refuseUnsupported(attributes: Attributes): void {
  const found = ['connlimit-above', 'ipset'].find((name) => attributes[name] !== undefined);
  if (found !== undefined) throw new Refused(refused('unsupported', `${found} of a rule cannot be matched on a bridge of this host`));
}
