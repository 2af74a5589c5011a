/**
 * What libvirt's own cases run, as plain rules. Only what a rule looks at and what comes of it counts; the commands are
 * ebtables' and iptables', whose words are turned into the fields that ours have.
 */
export interface CommandRule {
  /** `out2`, `in2.stp-xyz`, `out3` … */
  readonly chain: string;
  readonly looks: readonly string[];
  readonly verdict: string;
}

/** The kernel compares what the mask leaves of both. */
const macs = (value: string): string => {
  const [address = '', mask = 'ff:ff:ff:ff:ff:ff'] = value.split('/');
  if (mask === 'ff:ff:ff:ff:ff:ff') return address;
  const ones = mask.split(':').map((octet) => parseInt(octet, 16));
  const kept = address.split(':').map((octet, at) => (parseInt(octet, 16) & (ones[at] ?? 0)).toString(16).padStart(2, '0'));
  return `${kept.join(':')}/${mask}`;
};
const number = (value: string): string => [...new Set(value.split(':').map((part) => String(Number(part))))].join('-');
const address = (value: string): string => value.replace(/\/(?:32|128)$/, '');
const etherType = (value: string): string => String(Number({ ipv4: 0x0800, ipv6: 0x86dd }[value] ?? value));

/** Option → field, and how its value reads. */
const options: Readonly<Record<string, readonly [field: string, read: (value: string) => string]>> = {
  '-s': ['ether saddr', macs],
  '-d': ['ether daddr', macs],
  '--mac-source': ['ether saddr', macs],
  '--ip-source': ['ip saddr', address],
  '--ip-destination': ['ip daddr', address],
  '--ip6-source': ['ip6 saddr', address],
  '--ip6-destination': ['ip6 daddr', address],
  '--source': ['saddr', address],
  '--destination': ['daddr', address],
  '--ip-protocol': ['protocol', number],
  '--ip6-protocol': ['protocol', number],
  '--ip-source-port': ['sport', number],
  '--ip6-source-port': ['sport', number],
  '--sport': ['sport', number],
  '--ip-destination-port': ['dport', number],
  '--ip6-destination-port': ['dport', number],
  '--dport': ['dport', number],
  // libvirt hands the DSCP to ebtables as the whole octet; the field that the rule names is meant.
  '--ip-tos': ['dscp', number],
  '--dscp': ['dscp', number],
  '--icmp-type': ['icmp', (value) => value],
  '--icmpv6-type': ['icmp', (value) => value],
  '--ip6-icmp-type': ['icmp', (value) => value],
  '--arp-htype': ['@nh,0,16', number],
  '--arp-ptype': ['@nh,16,16', number],
  '--arp-opcode': ['@nh,48,16', number],
  '--arp-mac-src': ['@nh,64,48', macs],
  '--arp-ip-src': ['@nh,112,32', address],
  '--arp-mac-dst': ['@nh,144,48', macs],
  '--arp-ip-dst': ['@nh,192,32', address],
  '--vlan-id': ['vlan id', number],
  '--vlan-encap': ['vlan type', etherType],
  '--stp-type': ['@nh,48,8', number],
  '--stp-flags': ['@nh,56,8', number],
  '--stp-root-pri': ['@nh,64,16', number],
  '--stp-root-addr': ['@nh,80,48', macs],
  '--stp-root-cost': ['@nh,128,32', number],
  '--stp-sender-prio': ['@nh,160,16', number],
  '--stp-sender-addr': ['@nh,176,48', macs],
  '--stp-port': ['@nh,224,16', number],
  '--stp-msg-age': ['@nh,240,16', number],
  '--stp-max-age': ['@nh,256,16', number],
  '--stp-hello-time': ['@nh,272,16', number],
  '--stp-forward-delay': ['@nh,288,16', number],
  '--ctstate': ['state', (value) => value],
  '--ctdir': ['way', (value) => value],
};
const ignored = ['-m', '--concurrent', '-w', '-t', '-A', '-j', '--comment'];

const chainOf = (name: string): string | undefined => {
  const [, side, chain = ''] = /^(?:libvirt-)?([JP])-vnet0(?:-(.+))?$/.exec(name) ?? [];
  if (side !== undefined) return `${side === 'J' ? 'out2' : 'in2'}${chain === '' ? '' : `.${chain}`}`;
  return { 'FJ-vnet0': 'out3', 'FP-vnet0': 'in3' }[name];
};

/** What libvirt does about packets that come to the host (HJ) it does about those that pass through it (FJ): one chain of ours is for both. */
export function rulesOf(commands: string): CommandRule[] {
  return commands
    .replaceAll('\\\n', ' ')
    .split('\n')
    .flatMap((line) => {
      const words: readonly string[] = line.match(/'[^']*'|\S+/g) ?? [];
      const chain = chainOf(words[words.indexOf('-A') + 1] ?? '');
      const target = words[words.indexOf('-j') + 1] ?? '';
      if (!words.includes('-A') || chain === undefined || /^[JP]-vnet0/.test(target)) return [];
      const isLayer3 = chain.endsWith('3');
      const verdict = isLayer3 && target === 'RETURN' ? 'accept' : target.toLowerCase();
      return [{ chain, looks: looksOf(words, words[0] ?? '').toSorted(), verdict }];
    });
}

const looksOf = (words: readonly string[], program: string): string[] => words.flatMap((_, at) => lookAt(words, at, program));

/** What the option at a place looks at. */
function lookAt(words: readonly string[], at: number, program: string): string[] {
  const [word = '', ...after] = words.slice(at);
  const isNot = after[0] === '!' || words[at - 1] === '!';
  const [value = '', second = ''] = after.filter((one) => one !== '!');
  if (word === '-p') return protocolOf(program, value, isNot);
  return word === '--tcp-flags' ? [`flags=${value} ${second}`] : plainLook(word, value, isNot);
}

function plainLook(word: string, value: string, isNot: boolean): string[] {
  const known = options[word];
  if (known) return [`${known[0]}${isNot ? '!' : ''}=${known[1](value)}`];
  return word.startsWith('-') && !ignored.includes(word) ? [`?${word}`] : [];
}

const numbers: Readonly<Record<string, number>> = {
  tcp: 6,
  udp: 17,
  sctp: 132,
  udplite: 136,
  icmp: 1,
  icmpv6: 58,
  esp: 50,
  ah: 51,
  igmp: 2,
};

function protocolOf(program: string, value: string, isNot: boolean): string[] {
  if (program === 'ebtables') return [`ether type${isNot ? '!' : ''}=${etherType(value)}`];
  const family = `ether type=${program === 'iptables' ? 0x0800 : 0x86dd}`;
  const protocol = numbers[value];
  return protocol === undefined ? [family] : [family, `protocol=${protocol}`];
}
