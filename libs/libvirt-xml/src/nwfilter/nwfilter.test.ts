import { expect, test } from 'vitest';
import { formatFilterBinding, formatNwfilter, LibvirtError, parseFilterBinding, parseNwfilter } from '../index.js';

const uuid = '5c6d49af-b071-6127-b4ec-6f8ed4b55335';
const written = (xml: string): string => formatNwfilter(parseNwfilter(xml, { newUuid: () => uuid }));
const whole = (attributes: string, body: string): string => `<filter name='f'${attributes}>\n  <uuid>${uuid}</uuid>\n${body}</filter>\n`;
const ofRule = (inner: string): string =>
  `  <rule action='drop' direction='in' priority='500'${inner === '' ? '/>' : `>\n    ${inner}\n  </rule>`}\n`;

test.each<[string, string, string]>([
  ['a filter without rules', '', " chain='root'"],
  ['a chain with the place that its kind has', "chain='arp-x'", " chain='arp-x' priority='-500'"],
  ['a chain with a place of its own', "chain='arp-x' priority='-100'", " chain='arp-x' priority='-100'"],
  ['a place of 0, which goes without saying', "chain='ipv4' priority='0'", " chain='ipv4'"],
])('%s', (_, attributes, expected) => expect(written(`<filter name='f' ${attributes}/>`)).toBe(whole(expected, '')));

test('rules and other filters keep their order', () => {
  const body = [
    "  <rule action='return' direction='out' priority='-1000' statematch='false'>\n    <all/>\n  </rule>\n",
    "  <filterref filter='clean-traffic'>\n    <parameter name='IP' value='1.2.3.4'/>\n    <parameter name='IP' value='1.2.3.5'/>\n  </filterref>\n",
    "  <rule action='accept' direction='inout' priority='7'>\n    <arp/>\n  </rule>\n",
  ].join('');
  expect(written(whole('', body))).toBe(whole(" chain='root'", body));
});

/** What libvirt 9.0 makes of a rule's protocol. */
test.each<[string, string]>([
  [
    "<tcp flags='syn,ack/ALL' dscp='0x3F' srcipmask='255.255.128.0' srcipaddr='10.1.2'/>",
    "<tcp srcipaddr='10.1.0.2' srcipmask='17' dscp='0x3f' flags='SYN,ACK/ALL'/>",
  ],
  [
    "<tcp option='12' flags='/' state='ESTABLISHED,new' dstportstart=' 010'/>",
    "<tcp state='NEW,ESTABLISHED' dstportstart='10' option='12' flags='NONE/NONE'/>",
  ],
  ["<tcp state='NEW,NONE'/>", "<tcp state='NONE'/>"],
  ["<all ipsetflags='SRC,dst' ipset='s' connlimit-above='5'/>", "<all connlimit-above='5' ipset='s' ipsetflags='src,dst'/>"],
  ["<ip protocol='0x11' dstportstart='53'/>", "<ip protocol='udp' dstportstart='53'/>"],
  [
    "<ipv6 codeend='3' code='0' typeend='5' type='1' protocol='58' srcipmask='ffff::' srcipaddr='::1'/>",
    "<ipv6 srcipaddr='::1' srcipmask='16' protocol='icmpv6' type='1' typeend='5' code='0' codeend='3'/>",
  ],
  ["<icmpv6 code='255' type='255' match='no'/>", "<icmpv6 match='no' type='255' code='255'/>"],
  ["<mac protocolid='33024' srcmacaddr='1:2:3:4:5:F'/>", "<mac srcmacaddr='01:02:03:04:05:0f' protocolid='vlan'/>"],
  ["<mac protocolid='0x600' srcmacaddr='$MAC' match='maybe'/>", "<mac srcmacaddr='$MAC' protocolid='0x600'/>"],
  ["<vlan encap-protocol='IPV4' vlanid='0x123'/>", "<vlan vlanid='0x123' encap-protocol='ipv4'/>"],
  [
    "<arp gratuitous='1' opcode='1' arpdstipmask='24' arpdstipaddr='1.2.3.4'/>",
    "<arp opcode='Request' arpdstipaddr='1.2.3.4' arpdstipmask='24' gratuitous='true'/>",
  ],
  ["<rarp gratuitous='maybe' opcode='10'/>", "<rarp opcode='10' gratuitous='false'/>"],
  ["<stp root-cost='0x11223344' type='0x12'/>", "<stp type='0x12' root-cost='0x11223344'/>"],
  [
    "<udp srcipaddr='$IP[ @ 0 ]' dstipaddr='$A[ 2 ]' dstportstart='$P[ @ 2 ]'/>",
    "<udp srcipaddr='$IP' dstipaddr='$A[2]' dstportstart='$P[@2]'/>",
  ],
  [
    "<udplite-ipv6 dstipto='fe80::5' dstipfrom='fe80::1' comment='&lt;`ls`&gt;'/>",
    "<udplite-ipv6 dstipfrom='fe80::1' dstipto='fe80::5' comment='&lt;`ls`&gt;'/>",
  ],
  ["<tcp bogus='x' srcmacmask='ff:ff:ff:ff:ff:ff'/>", '<tcp/>'],
  ['', ''],
])('%s', (given, expected) => {
  const xml = `<filter name='f'><rule action='drop' direction='in' priority='5000'>${given}</rule></filter>`;
  expect(written(xml)).toBe(whole(" chain='root'", ofRule(expected)));
  expect(written(written(xml))).toBe(written(xml));
});

const rule = (attributes: string, inner = ''): string => `<filter name='f'><rule ${attributes}>${inner}</rule></filter>`;
const inRule = (inner: string): string => rule("action='drop' direction='in'", inner);

test.each<[string, number, string, string]>([
  ['<filter/>', 1, 'internal error: filter has no name', '/filter'],
  ["<filter name=''/>", 1, 'internal error: filter has no name', '/filter'],
  ["<filter name='f'><uuid>zz</uuid></filter>", 27, 'XML error: malformed uuid element', '/filter/uuid'],
  [
    "<filter name='f' chain='bogus'/>",
    8,
    "invalid argument: Invalid chain name 'bogus'. Please use a chain name called 'root' or any of the following prefixes: mac, vlan, stp, arp, rarp, ipv4, ipv6",
    '/filter/@chain',
  ],
  ["<filter name='f' chain='arp-toolongchainname'/>", 8, 'invalid argument: Name of chain is longer than 12 characters', '/filter/@chain'],
  ["<filter name='f' chain='arp-b@d'/>", 8, 'invalid argument: Chain name contains invalid characters', '/filter/@chain'],
  ["<filter name='f' chain='arp' priority='x'/>", 8, "invalid argument: Could not parse chain priority 'x'", '/filter/@priority'],
  [
    "<filter name='f' chain='arp' priority='5000'/>",
    8,
    "invalid argument: Priority '5000' is outside valid range of [-1000,1000]",
    '/filter/@priority',
  ],
  [rule("direction='in'"), 1, 'internal error: rule node requires action attribute', '/filter/rule'],
  [rule("action='drop'"), 1, 'internal error: rule node requires direction attribute', '/filter/rule'],
  [rule("action='DROP' direction='in'"), 67, 'unsupported configuration: unknown rule action attribute value', '/filter/rule/@action'],
  [
    rule("action='drop' direction='up'"),
    67,
    'unsupported configuration: unknown rule direction attribute value',
    '/filter/rule/@direction',
  ],
  [inRule('<bogus/>'), 67, "unsupported configuration: unknown protocol 'bogus' in a rule", '/filter/rule/bogus'],
  [inRule('<tcp/><udp/>'), 67, 'unsupported configuration: a rule matches one protocol only', '/filter/rule/udp'],
  [inRule("<tcp dstportstart='65536'/>"), 1, 'internal error: dstportstart has illegal value 65536', '/filter/rule/tcp/@dstportstart'],
  [inRule("<tcp dscp='0x40'/>"), 1, 'internal error: dscp has illegal value 0x40', '/filter/rule/tcp/@dscp'],
  [inRule("<tcp srcipaddr='::1'/>"), 1, 'internal error: srcipaddr has illegal value ::1', '/filter/rule/tcp/@srcipaddr'],
  [inRule("<ip srcipmask='255.0.255.0'/>"), 1, 'internal error: srcipmask has illegal value 255.0.255.0', '/filter/rule/ip/@srcipmask'],
  [inRule("<mac protocolid='0x5ff'/>"), 1, 'internal error: protocolid has illegal value 0x5ff', '/filter/rule/mac/@protocolid'],
  [inRule("<mac srcmacaddr='$X-Y'/>"), 1, 'internal error: srcmacaddr has illegal value $X-Y', '/filter/rule/mac/@srcmacaddr'],
  [inRule("<tcp state='BOGUS'/>"), 1, 'internal error: state has illegal value BOGUS', '/filter/rule/tcp/@state'],
  [inRule("<tcp flags='SYN'/>"), 1, 'internal error: flags has illegal value SYN', '/filter/rule/tcp/@flags'],
  [
    inRule("<ip protocol='icmp' dstportstart='5'/>"),
    1,
    'internal error: IP rule with port specification requires protocol specification with protocol to be either one of tcp(6), udp(17), dccp(33), or sctp(132)',
    '/filter/rule/ip',
  ],
  ["<filter name='f'><filterref/></filter>", 1, 'internal error: rule node requires action attribute', '/filter/filterref'],
])('%s is refused', (xml, code, message, path) => {
  const refused = ((): unknown => {
    try {
      return parseNwfilter(xml);
    } catch (error) {
      return error;
    }
  })();
  expect(refused).toBeInstanceOf(LibvirtError);
  expect(refused).toMatchObject({ code, message, path });
});

test('a binding is written with its parameters by name', () => {
  const binding = (parameters: string): string =>
    `<filterbinding>\n  <owner>\n    <name>web</name>\n    <uuid>${uuid}</uuid>\n  </owner>\n  <portdev name='vnet0'/>\n  <mac address='52:54:00:11:22:33'/>\n  <filterref filter='clean-traffic'>\n${parameters}  </filterref>\n</filterbinding>\n`;
  const [ip, mac] = ["    <parameter name='IP' value='1.2.3.4'/>\n", "    <parameter name='MAC' value='52:54:00:11:22:33'/>\n"];
  expect(formatFilterBinding(parseFilterBinding(binding(mac + ip)))).toBe(binding(ip + mac));
});

const parts = {
  owner: `<owner><name>web</name><uuid>${uuid}</uuid></owner>`,
  portdev: "<portdev name='vnet0'/>",
  mac: "<mac address='52:54:00:11:22:33'/>",
  filterref: "<filterref filter='x'/>",
};
const bound = (changed: Partial<typeof parts>): string =>
  `<filterbinding>${Object.values({ ...parts, ...changed }).join('')}</filterbinding>`;

/** In the words of libvirt 9.0. */
test.each<[string, Partial<typeof parts>, string]>([
  ['without a port device', { portdev: '' }, 'internal error: filter binding has no port dev name'],
  ['of a port device without a name', { portdev: '<portdev/>' }, 'internal error: filter binding has no port dev name'],
  ['of a port device with an empty name', { portdev: "<portdev name=''/>" }, 'internal error: filter binding has no port dev name'],
  ['of a link device without a name', { mac: `<linkdev/>${parts.mac}` }, 'internal error: filter binding has no link dev name'],
  ['without a filter', { filterref: '' }, 'internal error: filter binding has no filter reference'],
  ['of a filter without a name', { filterref: '<filterref/>' }, 'internal error: filter binding has no filter reference'],
  ['without an owner', { owner: '' }, 'internal error: filter binding has no owner name'],
  ['of an owner without a name', { owner: `<owner><uuid>${uuid}</uuid></owner>` }, 'internal error: filter binding has no owner name'],
  ['of an owner without a UUID', { owner: '<owner><name>web</name></owner>' }, 'internal error: filter binding has no owner UUID'],
  [
    'of an owner with another UUID',
    { owner: '<owner><name>web</name><uuid>frob</uuid></owner>' },
    "internal error: Unable to parse UUID 'frob'",
  ],
  ['without a MAC address', { mac: '' }, 'internal error: filter binding has no MAC address'],
  ['with an empty MAC address', { mac: "<mac address=''/>" }, 'internal error: filter binding has no MAC address'],
  ['with another MAC address', { mac: "<mac address='frob'/>" }, "internal error: Unable to parse MAC 'frob'"],
])('a binding %s is refused', (_, changed, message) => {
  const parsed = (): unknown => parseFilterBinding(bound(changed));
  expect(parsed).toThrow(message);
  expect(parsed).toThrow(expect.objectContaining({ code: 1, domain: 33 }));
});

test('a binding says which link the frames of its own come through, if any', () => {
  expect(formatFilterBinding(parseFilterBinding(bound({ mac: `${parts.mac}<linkdev name='eth0'/>` })))).toContain(
    "<portdev name='vnet0'/>\n  <linkdev name='eth0'/>\n  <mac",
  );
});
