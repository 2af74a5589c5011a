/** The firewall commands of libvirt's own cases (iptables and ip6tables, each rule inserted before those that are there) as rules. */
import { isIn, UnknownWords, type Hook, type Packet, type Rule } from './firewall-packet.js';

/** libvirt's chains in the order in which the kernel comes by them. Filling in of checksums is nothing that decides. */
const chains: Readonly<Record<string, Hook>> = {
  LIBVIRT_INP: 'input',
  LIBVIRT_OUT: 'output',
  LIBVIRT_FWX: 'forward',
  LIBVIRT_FWI: 'forward',
  LIBVIRT_FWO: 'forward',
  LIBVIRT_PRT: 'postrouting',
};

type Test = (packet: Packet, value: string) => boolean;

const tests: Readonly<Record<string, Test>> = {
  '--in-interface': ({ from }, value) => from === value,
  '--out-interface': ({ to }, value) => to === value,
  '--protocol': ({ protocol }, value) => protocol === value,
  '-p': ({ protocol }, value) => protocol === value,
  '--destination-port': ({ port }, value) => port === Number(value),
  '--source': ({ source }, value) => isIn(source, value),
  '--destination': ({ destination }, value) => isIn(destination, value),
  '--ctstate': ({ state }, value) => value.toLowerCase().split(',').includes(state),
};

/** @throws UnknownWords for an option that is not known */
export function iptablesRules(commands: string): readonly Rule[] {
  const lines = commands
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const decisive = lines.filter((words) => words.includes('--insert') && !words.includes('mangle'));
  const inserted = decisive.toReversed().map((words) => ({ chain: valueAt(words, '--insert'), rule: ruleOf(words) }));
  return Object.keys(chains).flatMap((chain) => inserted.flatMap((one) => (one.chain === chain ? [one.rule] : [])));
}

const valueAt = (words: readonly string[], option: string): string => words[words.indexOf(option) + 1] ?? '';

const passedOver: ReadonlySet<string> = new Set(['-w', '--table', '--insert', '--match', '--jump', '--to-ports', '--to-source']);

interface Look {
  readonly test: Test;
  readonly value: string;
  readonly wanted: boolean;
}

function ruleOf(words: readonly string[]): Rule {
  const family = words[0] === 'ip6tables' ? 'ipv6' : 'ipv4';
  const looks = words.flatMap((word, at) => lookAt(words, word, at));
  return {
    hook: chains[valueAt(words, '--insert')] ?? 'input',
    verdict: verdictOf(words),
    matches: (packet) => packet.source.family === family && looks.every(({ test, value, wanted }) => test(packet, value) === wanted),
  };
}

function lookAt(words: readonly string[], word: string, at: number): readonly Look[] {
  if (!word.startsWith('-') || passedOver.has(word)) return [];
  const test = tests[word];
  if (!test) throw new UnknownWords(`iptables' option ${word} is not known here`);
  return [{ test, value: words[at + 1] ?? '', wanted: words[at - 1] !== "'!'" && words[at - 1] !== '!' }];
}

function verdictOf(words: readonly string[]): string {
  const target = valueAt(words, '--jump').toLowerCase();
  if (target === 'masquerade') return ['masquerade', ...(words.includes('--to-ports') ? [valueAt(words, '--to-ports')] : [])].join(' ');
  if (target !== 'snat') return target;
  const [addresses = '', ports] = valueAt(words, '--to-source').split(':');
  return ['snat', addresses.includes('-') ? addresses : `${addresses}-${addresses}`, ...(ports === undefined ? [] : [ports])].join(' ');
}
