import { describe, expect, test } from 'vitest';
import { builtinFilters, parseNwfilter } from '@virtbus/libvirt-xml';
import { compileFilter } from './compile-filter.js';
import { conditionText } from './condition.js';
import { filterRemovalText, filterText, isQuotableLink } from './filter-text.js';
import type { Variables } from './filter-rule.js';
import { learnedFrom } from './learned-address.js';
import { variablesOf } from './filter-variables.js';

const MAC = '52:54:00:11:22:33';
const usual: Variables = { MAC: [MAC], IP: ['10.1.1.1'] };

const compile = (inner: string, variables: Variables = usual, more: readonly string[] = []) => {
  const own = parseNwfilter(`<filter name='q'>${inner}</filter>`);
  const definitions = new Map([...builtinFilters, own, ...more.map((xml) => parseNwfilter(xml))].map((one) => [one.name, one]));
  return compileFilter({ filter: 'q', definitions, variables });
};

/** The rules of one chain, as their conditions and what comes of them. */
function chain(name: string, ...given: Parameters<typeof compile>): string[] {
  const compiled = compile(...given);
  if (compiled.type === 'refused') throw new Error(compiled.words);
  return (compiled.chains[name] ?? []).map(({ conditions, verdict, flow }) =>
    [...conditions.map(conditionText), ...(flow ? [flow.state] : []), typeof verdict === 'string' ? verdict : `jump ${verdict.jump}`].join(
      ' ',
    ),
  );
}

const rule = (inner: string, attributes = "action='accept' direction='out'"): string => `<rule ${attributes}>${inner}</rule>`;

test('chains stand among the rules by their priority, before those of the same one', () => {
  const inner = `${rule('<mac/>', "action='drop' direction='out' priority='-500'")}<filterref filter='allow-arp'/><filterref filter='no-mac-spoofing'/>`;
  expect(chain('out2', inner)).toEqual(['jump out2.mac', 'ether type 0x0806 jump out2.arp', 'drop']);
  expect(chain('in2', inner)).toEqual(['ether type 0x0806 jump in2.arp']);
});

test('clean-traffic is as libvirt has it', () => {
  const given = ["<filterref filter='clean-traffic'/>", { ...usual, IP: ['10.1.1.1', '10.1.1.2'] }] as const;
  expect(chain('out2', ...given)).toEqual([
    'jump out2.mac',
    'ether type 0x0800 jump out2.ipv4-ip',
    'ether type 0x0800 accept',
    'ether type 0x0806 jump out2.arp-mac',
    'ether type 0x0806 jump out2.arp-ip',
    'ether type 0x0806 accept',
    'ether type 0x8035 jump out2.rarp',
    'ether type 0x0835 accept',
    'drop',
  ]);
  expect(chain('out2.ipv4-ip', ...given)).toEqual([
    'ether type 0x0800 ip saddr 0.0.0.0 ip protocol 17 return',
    'ether type 0x0800 ip saddr 10.1.1.1 return',
    'ether type 0x0800 ip saddr 10.1.1.2 return',
    'drop',
  ]);
});

describe('variables', () => {
  const both: Variables = { A: ['1.1.1.1', '2.2.2.2'], B: ['80', '90'] };
  test.each<[string, string, string[]]>([
    ['of one iterator go on together', "<udp srcipaddr='$A' srcportstart='$B'/>", ['1.1.1.1 80', '2.2.2.2 90']],
    [
      'of two iterators are combined',
      "<udp srcipaddr='$A[@1]' srcportstart='$B[@2]'/>",
      ['1.1.1.1 80', '2.2.2.2 80', '1.1.1.1 90', '2.2.2.2 90'],
    ],
    ['can be one element', "<udp srcipaddr='$A[1]' srcportstart='7'/>", ['2.2.2.2 7']],
  ])('%s', (_, inner, expected) => {
    const found = chain('out3', rule(inner), both).map((text) => /ip saddr (\S+) th sport (\S+)/.exec(text)?.slice(1, 3).join(' '));
    expect(found).toEqual(expected);
  });

  test('of an interface outweigh those of an included filter', () => {
    const inner = "<filterref filter='one'><parameter name='A' value='9.9.9.9'/><parameter name='D' value='7'/></filterref>";
    const one = `<filter name='one'>${rule("<tcp srcipaddr='$A' dscp='$D[@1]'/>")}</filter>`;
    expect(chain('out3', inner, both, [one])[0]).toContain('ip saddr 1.1.1.1 ip dscp 7');
  });
});

test.each<[string, string, Variables, string, string]>([
  ['an unknown filter', "<filterref filter='no'/>", {}, 'filter_missing', "referenced filter 'no' is missing"],
  ['a filter in itself', "<filterref filter='q'/>", {}, 'invalid', "filter 'q' contains itself"],
  [
    'a variable without a value',
    rule("<tcp srcipaddr='$NO'/>"),
    {},
    'unresolved',
    'Cannot instantiate filter due to unresolvable variables or unavailable list elements: NO',
  ],
  ['an element that a list has not', rule("<tcp srcipaddr='$A[5]'/>"), { A: ['1.1.1.1'] }, 'unresolved', 'unavailable list elements: A[5]'],
  [
    'lists that do not go together',
    rule("<tcp srcipaddr='$A' dstportstart='$B'/>"),
    { A: ['1.1.1.1'], B: ['1', '2'] },
    'invalid',
    'Cardinality of list items must be the same',
  ],
  ['a value that is no address', rule("<tcp srcipaddr='$A'/>"), { A: ['zz'] }, 'invalid', "'zz' is not an IPv4 address"],
  [
    'a value that is a piece of a program',
    rule("<mac srcmacaddr='$A'/>"),
    { A: ['52:54:00:00:00:01; flush'] },
    'invalid',
    'is not a MAC address',
  ],
  ['a number that is none', rule("<udp dstportstart='$A'/>"), { A: ['99999'] }, 'invalid', "'99999' is not a number up to 65535"],
  ['a comparison of two fields', rule("<arp gratuitous='true'/>"), {}, 'unsupported', "gratuitous='true'"],
  ['counted connections', rule("<tcp connlimit-above='5'/>"), {}, 'unsupported', 'connlimit-above'],
  ['sets of iptables', rule("<all ipset='s' ipsetflags='src'/>"), {}, 'unsupported', 'ipset'],
  ['states that are not told apart', rule("<all state='INVALID'/>"), {}, 'unsupported', "state='INVALID'"],
])('refuses %s', (_, inner, variables, kind, words) => {
  expect(compile(inner, variables)).toMatchObject({ type: 'refused', kind, words: expect.stringContaining(words) });
});

describe('rules above IP', () => {
  test.each<[string, string, string, string[], string[]]>([
    ['out', '<tcp dstportstart="22"/>', "action='accept' direction='out'", ['th dport 22 record accept'], ['th sport 22 known accept']],
    ['in', '<tcp dstportstart="22"/>', "action='accept' direction='in'", ['th sport 22 known accept'], ['th dport 22 record accept']],
    ['inout', '<tcp dstportstart="22"/>', "action='accept' direction='inout'", ['th sport 22 accept'], ['th dport 22 accept']],
    ['drop', '<tcp dstportstart="22"/>', "action='drop' direction='in'", ['th sport 22 drop'], ['th dport 22 drop']],
    [
      'without states',
      '<tcp dstportstart="22"/>',
      "action='accept' direction='out' statematch='false'",
      ['th dport 22 accept'],
      ['th sport 22 accept'],
    ],
    ['of a state', '<tcp dstportstart="22" state="NEW"/>', "action='accept' direction='in'", [], ['th dport 22 new accept']],
  ])('%s', (_, inner, attributes, out, back) => {
    const tail = (text: string): string => text.replace(/^ether type 0x0800 ip protocol 6 /, '');
    expect([chain('out3', rule(inner, attributes)).map(tail), chain('in3', rule(inner, attributes)).map(tail)]).toEqual([out, back]);
  });

  test('of one ICMP type are for the direction that they name, and for both when they name both', () => {
    const echo = 'ether type 0x0800 ip protocol 1 icmp type 8';
    expect(chain('in3', rule("<icmp type='8'/>"))).toEqual([]);
    expect(chain('in3', rule("<icmp type='8'/>", "action='drop' direction='inout'"))).toEqual([`${echo} drop`]);
    expect(chain('out3', rule("<icmp type='8'/>", "action='drop' direction='inout'"))).toEqual([`${echo} drop`]);
  });
});

describe('the text', () => {
  const filter = compile(`${rule('<all comment=\'a "b" ; drop\'/>')}<filterref filter='no-mac-spoofing'/>`);

  test('names everything of an interface after it, whatever its name', () => {
    if (filter.type === 'refused') throw new Error(filter.words);
    const { text, names } = filterText('my-tap.0', filter);
    expect(names.chains.every((name) => /^p_my_2dtap_2e0__\w+$/.test(name))).toBe(true);
    expect(text).toContain('add element bridge virtbus_nwfilter out2 { "my-tap.0" : jump p_my_2dtap_2e0__out2 }');
    expect(text).toContain('accept comment "a _b_ ; drop"');
    expect(filterText('my-tap.0', filter, { chains: ['p_old'], sets: [] }).text).toContain('delete chain bridge virtbus_nwfilter p_old');
    expect(filterRemovalText('my-tap.0', names)).toContain('delete chain bridge virtbus_nwfilter p_my_2dtap_2e0__out2_2emac');
  });

  test.each([
    ['vnet0', true],
    ['a"b', false],
    ['a*', false],
    ['a b', false],
    ['sixteen-letters-', false],
  ])('a link %s can be named: %s', (link, can) => expect(isQuotableLink(link)).toBe(can));
});

describe('what variables stand for', () => {
  const parameter = (...pairs: [string, string][]) => ({ filter: 'f', parameter: pairs.map(([name, value]) => ({ name, value })) });
  const port = {
    addresses: [
      { family: 'ipv4' as const, address: '10.7.0.9' },
      { family: 'ipv6' as const, address: 'fd00::9' },
    ],
  };
  const of = (more: object = {}) => ({ mac: MAC, learned: ['10.7.0.77'], ...more }) as Parameters<typeof variablesOf>[1];
  test.each<[string, ReturnType<typeof parameter>, Parameters<typeof variablesOf>[1], Variables]>([
    [
      'the definition first',
      parameter(['IP', '1.1.1.1'], ['IP', '2.2.2.2']),
      of({ port }),
      { MAC: [MAC], IP: ['1.1.1.1', '2.2.2.2'], IPV6: ['fd00::9'] },
    ],
    ['then what netd has given', parameter(), of({ port }), { MAC: [MAC], IP: ['10.7.0.9'], IPV6: ['fd00::9'] }],
    ['then what was learned', parameter(), of(), { MAC: [MAC], IP: ['10.7.0.77'] }],
    [
      'and nobody else where nobody is to be asked',
      parameter(['CTRL_IP_LEARNING', 'none']),
      of({ port }),
      { MAC: [MAC], CTRL_IP_LEARNING: ['none'] },
    ],
  ])('%s', (_, ref, given, expected) => expect(variablesOf(ref, given)).toEqual(expected));
});

describe('an address is learned', () => {
  const hex = (text: string): Buffer => Buffer.concat([Buffer.from(text.replaceAll(/[\s:]/g, ''), 'hex'), Buffer.alloc(20)]);
  const arp = (sender: string) => hex(`ffffffffffff ${MAC} 0806 0001 0800 0604 0001 ${MAC} ${sender} 000000000000 0a010102`);
  const packet = (source: string, from = MAC) =>
    hex(`ffffffffffff ${from} 0800 4500001c00000000 4011 0000 ${source} 0a010102 00010002 0008 0000`);
  const lease = (type: number, mac = MAC) => {
    const message = Buffer.alloc(260);
    message[0] = 2;
    Buffer.from('0a010155', 'hex').copy(message, 16);
    Buffer.from(mac.replaceAll(':', ''), 'hex').copy(message, 28);
    Buffer.from(`63825363 3501${type.toString(16).padStart(2, '0')} 3304 00000e10 ff`.replaceAll(' ', ''), 'hex').copy(message, 236);
    return Buffer.concat([
      Buffer.from(
        `${MAC} ffffffffffff 0800 450001200000 0000 4011 0000 0a010101 0a010155 0043 0044 0114 0000`.replaceAll(/[\s:]/g, ''),
        'hex',
      ),
      message,
    ]);
  };
  test.each<[string, Buffer, 'any' | 'dhcp', ReturnType<typeof learnedFrom>]>([
    ['from its ARP', arp('0a010164'), 'any', { address: '10.1.1.100' }],
    ['from its packets', packet('0a010165'), 'any', { address: '10.1.1.101' }],
    ['from a lease', lease(5), 'any', { address: '10.1.1.85', leaseSeconds: 3600 }],
    ['from a lease alone', lease(5), 'dhcp', { address: '10.1.1.85', leaseSeconds: 3600 }],
    ['not from its word where a lease is wanted', packet('0a010165'), 'dhcp', undefined],
    ['not from an offer', lease(2), 'dhcp', undefined],
    ["not from another's lease", lease(5, '52:54:00:00:00:99'), 'dhcp', undefined],
    ['not from a probe without an address', arp('00000000'), 'any', undefined],
    ['not from a group', packet('e0000001'), 'any', undefined],
    ["not from another's frame", packet('0a010165', '52:54:00:00:00:99'), 'any', undefined],
    ['not from a scrap', Buffer.alloc(20), 'any', undefined],
  ])('%s', (_, frame, mode, expected) => expect(learnedFrom(frame, MAC, mode)).toEqual(expected));
});
