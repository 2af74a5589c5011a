/** One of libvirt's own cases of network filters: whether a filter comes to the rules that libvirt's commands come to. */
import { builtinFilters, parseNwfilter } from '@virtbus/libvirt-xml';
import { compileFilter, type ChainRule } from './compile-filter.js';
import type { Condition } from './condition.js';
import { rulesOf, type CommandRule } from './corpus-commands.js';

/** The values that libvirt's cases are written for. */
const variables = {
  MAC: ['12:34:56:78:9a:bc'],
  IP: ['10.1.2.3'],
  A: ['1.1.1.1', '2.2.2.2', '3.3.3.3', '3.3.3.3'],
  B: ['80', '90', '80', '80'],
  C: ['1080', '1090', '1100', '1110'],
};

const decimal = (value: string): string =>
  value
    .split('-')
    .map((part) => String(Number(part)))
    .join('-');
const mac = (value: string): string => (BigInt(value).toString(16).padStart(12, '0').match(/../g) ?? []).join(':');

const shortNames: Readonly<Record<string, string>> = {
  'ip protocol': 'protocol',
  'meta l4proto': 'protocol',
  'th sport': 'sport',
  'th dport': 'dport',
};

function lookOf({ field, value, mask, not }: Condition, isLayer3: boolean): string {
  const name = shortNames[field] ?? field.replace(/^ip6? (dscp)$/, '$1').replace(/^icmp(?:v6)? /, 'icmp ');
  const plain = isLayer3 ? name.replace(/^ip6? /, '') : name;
  if (name === 'tcp flags') return `flags=${mask} ${value}`;
  return `${plain}${not ? '!' : ''}=${valueOf(field, value, mask)}`;
}

function valueOf(field: string, value: string, mask: string | undefined): string {
  if (/^@nh,\d+,48$/.test(field)) return mask === undefined ? mac(value) : `${mac(value)}/${mac(mask)}`;
  if (/^@nh,\d+,32$/.test(field) && value.startsWith('0x'))
    return [24n, 16n, 8n, 0n].map((shift) => String((BigInt(value) >> shift) & 0xffn)).join('.');
  if (/addr/.test(field)) return mask === undefined ? value : `${value}/${mask}`;
  return decimal(value);
}

const flagBits: Readonly<Record<string, number>> = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32, ALL: 63, NONE: 0 };
const bits = (words: string): number => words.split(',').reduce((sum, word) => sum | (flagBits[word] ?? 0), 0);

/** ICMP's type and code are one word of iptables, two fields of ours; what is said of state is compared by what it comes to. */
function ofCommand({ looks, ...rest }: CommandRule): CommandRule {
  const said = looks.flatMap((look) => {
    const [field = '', value = ''] = look.split('=');
    if (field === 'icmp') return icmpOf(value);
    if (field === 'flags') return [`flags=${value.split(' ').map(bits).join(' ')}`];
    if (field === 'state' || field === 'way') return [];
    return [look];
  });
  const states = looks.filter((look) => look.startsWith('state=') || look.startsWith('way='));
  return { ...rest, looks: [...said, ...flowOf(states)].toSorted() };
}

const icmpOf = (value: string): string[] => {
  const [type = '', code] = value.split('/');
  const range = (text: string): string => [...new Set(text.split(':').map(Number))].join('-');
  // 0:255 is any.
  const any = (text: string | undefined): boolean => text === undefined || text === '0:255';
  return [...(any(type) ? [] : [`icmp type=${range(type)}`]), ...(any(code) ? [] : [`icmp code=${range(code ?? '')}`])];
};

const flows: Readonly<Record<string, string>> = {
  'state=NEW,ESTABLISHED way=Original': 'flow=record',
  'state=NEW,ESTABLISHED': 'flow=record',
  'state=ESTABLISHED way=Reply': 'flow=known',
  'state=ESTABLISHED': 'flow=known',
  // Flows that belong to another one are not told apart here.
  'state=ESTABLISHED,RELATED': 'flow=known',
  'state=NEW': 'flow=new',
};
const flowOf = (states: readonly string[]): string[] =>
  states.length === 0 ? [] : [flows[states.toSorted().join(' ')] ?? `flow?${states.join(' ')}`];

const ofOurs = (chain: string, { conditions, verdict, flow }: ChainRule): CommandRule[] =>
  typeof verdict === 'string'
    ? [
        {
          chain,
          verdict,
          looks: [...conditions.map((each) => lookOf(each, chain.endsWith('3'))), ...(flow ? [`flow=${flow.state}`] : [])].toSorted(),
        },
      ]
    : [];

/** Each chain's rules in their order, a line for each. */
function wordsByChain(rules: readonly CommandRule[]): Record<string, string[]> {
  const chains: Record<string, string[]> = {};
  for (const { chain, looks, verdict } of rules) (chains[chain] ??= []).push([...looks, verdict].join(' '));
  return chains;
}

/**
 * @param commands ebtables' and iptables', as libvirt runs them
 * @returns the first difference, chain by chain; undefined: the effect is the same
 * @throws LibvirtError for XML that is no filter
 */
export function filterDifference(xml: string, commands: string): string | undefined {
  const filter = parseNwfilter(xml);
  const definitions = new Map([...builtinFilters, filter].map((one) => [one.name, one]));
  const compiled = compileFilter({ filter: filter.name, definitions, variables });
  if (compiled.type === 'refused') return `refused: ${compiled.words}`;
  const ours = wordsByChain(Object.entries(compiled.chains).flatMap(([chain, rules]) => rules.flatMap((rule) => ofOurs(chain, rule))));
  const theirs = wordsByChain(rulesOf(commands).map(ofCommand));
  for (const chain of new Set([...Object.keys(theirs), ...Object.keys(ours)])) {
    const [expected = [], actual = []] = [theirs[chain], ours[chain]];
    const at = expected.findIndex((words, index) => words !== actual[index]);
    if (at < 0 && actual.length <= expected.length) continue;
    const place = at < 0 ? expected.length : at;
    return `${chain}: expected ${expected[place] ?? 'the end'}, got ${actual[place] ?? 'the end'}`;
  }
  return undefined;
}
