/**
 * The chains of interfaces as text for `nft -f -`. One table holds all interfaces of a host; a frame finds its interface's chains by a
 * map from the link's name, however many there are. Each text is one transaction: an interface's rules change at once, or not at all.
 */
import { conditionText, type Condition } from './condition.js';
import type { ChainRule, PortFilter, RootChain, Verdict } from './compile-filter.js';
import type { Family } from './layer3.js';
import { enoughToAnswer } from './unreachable.js';

export const filterTable = 'virtbus_nwfilter';

/** Where each root hangs. Lower priorities are asked first (netfilter_bridge.h: NAT of the destination -300, filter -200, NAT of the source 300). */
const hooks: readonly (readonly [root: RootChain | 'host', hook: string, link: 'iifname' | 'oifname'])[] = [
  ['out2', 'prerouting priority -300', 'iifname'],
  ['out3', 'prerouting priority -290', 'iifname'],
  ['host', 'output priority -300', 'oifname'],
  ['in3', 'forward priority -200', 'oifname'],
  ['in2', 'postrouting priority 300', 'oifname'],
];

/** Letters, digits and `_` only, different for different links. */
const linkWord = (link: string): string =>
  link.replaceAll(
    /[^A-Za-z0-9]/gu,
    (odd) => `_${[...new TextEncoder().encode(odd)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`,
  );

/** What stands before the names of everything that an interface has in the table. */
export const filterPrefix = (link: string): string => `p_${linkWord(link)}__`;

const chainName = (link: string, chain: string): string => `${filterPrefix(link)}${linkWord(chain)}`;
const setName = (link: string, family: Family, ported: boolean): string => `${filterPrefix(link)}flows_${family}${ported ? '' : '_plain'}`;

/** What a link may be called in a rule. */
export const isQuotableLink = (link: string): boolean => /^[!#-)+-.0-9;-[\]-~]{1,15}$/.test(link);

const skeleton: readonly string[] = [
  `add table bridge ${filterTable}`,
  ...hooks.flatMap(([root, hook, link]) => [
    `add map bridge ${filterTable} ${root} { type ifname : verdict; }`,
    `add chain bridge ${filterTable} hook_${root} { type filter hook ${hook}; policy accept; }`,
    `flush chain bridge ${filterTable} hook_${root}`,
    `add rule bridge ${filterTable} hook_${root} ${link} vmap @${root}`,
  ]),
];

/** Sets of one interface's flows: seen from the guest, its address first. */
const keyTypes = { ipv4: 'ipv4_addr', ipv6: 'ipv6_addr' } as const;

/** How long an idle flow is remembered, in seconds, by what can be said of its protocol. */
const idleSeconds = { tcp: 3600, datagram: 180, plain: 60 } as const;
const FLOWS_MAX = 65_535;

function setLines(link: string, families: readonly Family[], verb: 'add' | 'create'): string[] {
  return families.flatMap((family) => {
    const address = keyTypes[family];
    const options = `flags dynamic,timeout; size ${FLOWS_MAX}; timeout ${idleSeconds.plain}s;`;
    return [
      `${verb} set bridge ${filterTable} ${setName(link, family, true)} { type ${address} . ${address} . inet_proto . inet_service . inet_service; ${options} }`,
      `${verb} set bridge ${filterTable} ${setName(link, family, false)} { type ${address} . ${address} . inet_proto; ${options} }`,
    ];
  });
}

/** Names in the table that belong to an interface, for `filterLines` to tell what has become stale. */
export interface FilterNames {
  readonly chains: readonly string[];
  readonly sets: readonly string[];
}

export const noNames: FilterNames = { chains: [], sets: [] };

export interface FilterText {
  readonly text: string;
  /** The same for a link that has nothing in a table that is there; else it fails. nft need not ask what there is, however much it is. */
  readonly fresh: string;
  readonly names: FilterNames;
}

/** Replaces the rules of an interface. Flows that are remembered stay so; `before` names what an earlier filter has left. */
export function filterText(link: string, filter: PortFilter, before: FilterNames = noNames): FilterText {
  const bodies = { ...filter.chains, host: hostRules(filter) };
  const names = {
    chains: Object.keys(bodies).map((chain) => chainName(link, chain)),
    sets: filter.flows.flatMap((family) => [setName(link, family, true), setName(link, family, false)]),
  };
  const rules = Object.entries(bodies).flatMap(([chain, each]) => each.flatMap((rule) => ruleLines(link, chain, rule)));
  const lines = [
    ...skeleton,
    ...setLines(link, filter.flows, 'add'),
    ...names.chains.flatMap((chain) => [`add chain bridge ${filterTable} ${chain}`, `flush chain bridge ${filterTable} ${chain}`]),
    ...rules,
    ...elementLines(link, 'add'),
    ...staleLines(before, names),
  ];
  const fresh = [
    ...setLines(link, filter.flows, 'create'),
    ...names.chains.map((chain) => `create chain bridge ${filterTable} ${chain}`),
    ...rules,
    ...elementLines(link, 'create'),
  ];
  return { text: asText(lines), fresh: asText(fresh), names };
}

/** Takes away what is known to be there; fails when any of it is not. */
export const filterTakeOffText = (link: string, names: FilterNames): string =>
  asText([...elementLines(link, 'delete'), ...staleLines(names, noNames)]);

/** Takes away everything that an interface has in the table; says nothing when there is nothing. */
export function filterRemovalText(link: string, before: FilterNames = noNames): string {
  const roots = hooks.map(([root]) => chainName(link, root));
  const chains = [...new Set([...roots, ...before.chains])];
  const lines = [
    ...skeleton,
    ...chains.map((chain) => `add chain bridge ${filterTable} ${chain}`),
    ...elementLines(link, 'add'),
    ...elementLines(link, 'delete'),
    ...staleLines({ chains, sets: before.sets }, noNames),
  ];
  return asText(lines);
}

const asText = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

const elementLines = (link: string, verb: 'add' | 'create' | 'delete'): string[] =>
  hooks.map(([root]) => {
    const value = verb === 'delete' ? '' : ` : jump ${chainName(link, root)}`;
    return `${verb} element bridge ${filterTable} ${root} { "${link}"${value} }`;
  });

function staleLines(before: FilterNames, now: FilterNames): string[] {
  const chains = before.chains.filter((chain) => !now.chains.includes(chain));
  const sets = before.sets.filter((set) => !now.sets.includes(set));
  return [
    ...chains.map((chain) => `flush chain bridge ${filterTable} ${chain}`),
    ...chains.map((chain) => `delete chain bridge ${filterTable} ${chain}`),
    ...sets.map((set) => `delete set bridge ${filterTable} ${set}`),
  ];
}

/** What the host itself sends a guest is not filtered above IP, as under libvirt; its flows are remembered, so that answers pass. */
const hostRules = ({ flows }: PortFilter): ChainRule[] =>
  flows.map((family) => ({
    conditions: [{ field: 'ether type', value: family === 'ipv4' ? '0x0800' : '0x86dd' }],
    verdict: 'continue',
    flow: { family, state: 'record', protocol: undefined },
  }));

function verdictText(link: string, verdict: Verdict): string {
  if (typeof verdict !== 'string') return `jump ${chainName(link, verdict.jump)}`;
  return verdict === 'reject' ? 'drop' : verdict;
}

/** Packets that a rule rejects are told to whoever answers them; of a flood, no more than it can. */
export const rejectGroup = 30_306;
const REJECTIONS = 'limit rate 100/second burst 20 packets';

/** Everything but the plainest letters is left out: a comment is a user's words in a program text. */
const commentText = (comment: string | undefined): string =>
  comment === undefined ? '' : ` comment "${comment.replaceAll(/[^A-Za-z0-9 _.,:;()/=+-]/g, '_').slice(0, 120)}"`;

function ruleLines(link: string, chain: string, { conditions, verdict, flow, comment }: ChainRule): string[] {
  const line = (parts: readonly string[], end: string): string =>
    [`add rule bridge ${filterTable}`, chainName(link, chain), ...parts, end].join(' ') + commentText(comment);
  const rules = (parts: readonly string[]): string[] => [
    ...(verdict === 'reject' ? [line([...parts, REJECTIONS], `log group ${rejectGroup} snaplen ${enoughToAnswer}`)] : []),
    line(parts, verdictText(link, verdict)),
  ];
  const looked = conditions.map(conditionText);
  if (!flow) return rules(looked);
  const direction = chain.startsWith('out') ? 'out' : 'in';
  const records = verdict !== 'drop' && verdict !== 'reject';
  return variantsOf(flow.family, flow.protocol).flatMap(({ condition, idle }) =>
    rules([...looked, ...condition.map(conditionText), ...flowWords(link, { ...flow, direction, idle, records })]),
  );
}

interface Variant {
  readonly condition: readonly Condition[];
  readonly idle: keyof typeof idleSeconds;
}

const [TCP, UDP, SCTP, UDPLITE] = [6, 17, 132, 136];
const DATAGRAMS = `{ ${UDP}, ${SCTP}, ${UDPLITE} }`;

/** Flows of protocols with ports are told apart by them; a rule for all protocols becomes one for each kind. */
function variantsOf(family: Family, protocol: number | undefined): Variant[] {
  if (protocol === TCP) return [{ condition: [], idle: 'tcp' }];
  if (protocol === UDP || protocol === SCTP || protocol === UDPLITE) return [{ condition: [], idle: 'datagram' }];
  if (protocol !== undefined) return [{ condition: [], idle: 'plain' }];
  const field = family === 'ipv4' ? 'ip protocol' : 'meta l4proto';
  return [
    { condition: [{ field, value: String(TCP) }], idle: 'tcp' },
    { condition: [{ field, value: DATAGRAMS }], idle: 'datagram' },
    { condition: [{ field, value: `{ ${TCP}, ${UDP}, ${SCTP}, ${UDPLITE} }`, not: true }], idle: 'plain' },
  ];
}

interface FlowUse {
  readonly family: Family;
  readonly state: 'record' | 'known' | 'new';
  readonly direction: 'in' | 'out';
  readonly idle: keyof typeof idleSeconds;
  readonly records: boolean;
}

/** A set that is full takes no more: the rule then does not hold, and the packet falls to the next one. */
function flowWords(link: string, { family, state, direction, idle, records }: FlowUse): string[] {
  const ported = idle !== 'plain';
  const set = setName(link, family, ported);
  const header = family === 'ipv4' ? 'ip' : 'ip6';
  const [own, peer] = direction === 'out' ? ['s', 'd'] : ['d', 's'];
  const protocol = family === 'ipv4' ? 'ip protocol' : 'meta l4proto';
  const key = [`${header} ${own}addr`, `${header} ${peer}addr`, protocol, ...(ported ? [`th ${own}port`, `th ${peer}port`] : [])].join(
    ' . ',
  );
  const update = records ? [`update @${set} { ${key} timeout ${idleSeconds[idle]}s }`] : [];
  switch (state) {
    case 'record':
      return update;
    case 'known':
      return [`${key} @${set}`, ...update];
    case 'new':
      return [`${key} != @${set}`, ...update];
  }
}
