/** The text of our own firewall as rules: the words that it is made of, and no others. */
import { isIn, UnknownWords, type Hook, type Packet, type Rule } from './firewall-packet.js';

type Test = (packet: Packet) => boolean;

/** @throws UnknownWords */
export function nftRulesOf(text: string): readonly Rule[] {
  let hook: Hook | undefined;
  const rules: Rule[] = [];
  for (const line of text.split('\n').map((one) => one.trim())) {
    const chain = /^chain (input|output|forward|postrouting) \{$/.exec(line)?.[1];
    if (chain !== undefined) hook = chain as Hook;
    else if (hook !== undefined && line !== '' && line !== '}' && !line.startsWith('type ')) rules.push(ruleOf(hook, line));
  }
  return rules;
}

const verdict = / ?(accept|reject|return|masquerade(?: to :\S+)?|snat ip to \S+)$/;

function ruleOf(hook: Hook, line: string): Rule {
  const found = verdict.exec(line)?.[1];
  if (found === undefined) throw new UnknownWords(`no verdict in '${line}'`);
  const tests = testsOf(line.replace(verdict, ''));
  return { hook, verdict: normal(found), matches: (packet) => tests.every((test) => test(packet)) };
}

/** `snat ip to A-B:1-2` is `snat A-B 1-2`. */
const normal = (words: string): string =>
  words
    .replace(/ to :/, ' ')
    .replace(/^snat ip to ([^:]+):?/, 'snat $1 ')
    .trim();

const condition = /^(iifname|oifname|meta nfproto|meta l4proto|th dport|udp dport|ip6? [sd]addr|ct state) (!= )?(\{[^}]*\}|\S+) ?/;

function testsOf(text: string): readonly Test[] {
  const tests: Test[] = [];
  for (let rest = text; rest !== '';) {
    const [whole, what = '', not, value = ''] = condition.exec(rest) ?? [];
    if (whole === undefined) throw new UnknownWords(`nft's words '${rest}' are not known here`);
    const values = value.replaceAll(/[{}" ]/g, '').split(',');
    tests.push((packet) => holds(what, packet, values) === (not === undefined));
    rest = rest.slice(whole.length);
  }
  return tests;
}

function holds(what: string, packet: Packet, values: readonly string[]): boolean {
  const { source, destination } = packet;
  const read = fields[what];
  if (read) return values.includes(read(packet));
  return values.some((cidr) => isIn(what.endsWith('saddr') ? source : destination, cidr));
}

const fields: Readonly<Record<string, (packet: Packet) => string>> = {
  iifname: ({ from = '' }) => from,
  oifname: ({ to = '' }) => to,
  'meta nfproto': ({ source }) => source.family,
  'meta l4proto': ({ protocol }) => protocol,
  'udp dport': ({ protocol, port }) => (protocol === 'udp' ? String(port) : ''),
  'th dport': ({ port }) => String(port),
  'ct state': ({ state }) => state,
};
