/** Changes to a network; each answer is the one that libvirt gave to the same change. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatNetwork, parseNetwork } from '../../documents.js';
import { LibvirtError } from '../../errors/libvirt-error.js';
import type { NetworkDef } from '../network.js';
import { updateCommands, updateSections, type UpdateCommand, type UpdateSection } from './change.js';
import { updateNetwork } from './update-network.js';

const lending = `<network><name>r</name><forward mode='nat'/><bridge name='vb9'/>
<dns><txt name='a' value='x'/><host ip='192.168.5.7'><hostname>h7</hostname><hostname>i7</hostname></host>
<host ip='192.168.5.8'><hostname>h7</hostname></host><srv service='ldap' protocol='tcp' domain='d' target='.' port='1'/>
<srv service='ldap' protocol='udp'/></dns>
<ip address='192.168.5.1' netmask='255.255.255.0'><dhcp><range start='192.168.5.2' end='192.168.5.100'/>
<host mac='52:54:00:00:00:01' name='a' ip='192.168.5.200'/><host mac='52:54:00:00:00:03' name='c' ip='192.168.5.203'/></dhcp></ip>
<ip family='ipv6' address='2001:db8::1' prefix='64'/><ip address='192.168.6.1' netmask='255.255.255.0'/>
<portgroup name='a' default='yes'/><portgroup name='b'/></network>`;
const direct = "<network><name>b</name><forward mode='private'><interface dev='eth0'/><interface dev='eth1'/></forward></network>";
const isolated =
  "<network><name>i</name><bridge name='vb8'/><dns enable='no'/><ip family='ipv6' address='2001:db8::1' prefix='64'/></network>";

const linesOf = (network: NetworkDef): readonly string[] => formatNetwork(network).trim().split('\n');

interface Asked {
  readonly on: string;
  readonly what: `${UpdateCommand} ${UpdateSection}`;
  readonly xml: string;
  readonly parentIndex?: number;
}

function update({ on, what, xml, parentIndex = -1 }: Asked): NetworkDef {
  const [command, section] = what.split(' ') as [UpdateCommand, UpdateSection];
  return updateNetwork(parseNetwork(on), { command, section, parentIndex, xml });
}

/** Lines that went and came, without those that only open or close an element. */
function difference(asked: Asked): readonly string[] {
  const before = linesOf(parseNetwork(asked.on));
  const after = linesOf(update(asked));
  const gone = before.filter((line) => !after.includes(line)).map((line) => `- ${line.trim()}`);
  return [...gone, ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line.trim()}`)];
}

const hostA = "<host mac='52:54:00:00:00:01' name='a' ip='192.168.5.200'/>";
const newHost = "<host mac='52:54:00:00:00:02' name='b' ip='192.168.5.201'/>";
const shortRange = "<range start='192.168.5.110' end='192.168.5.120'/>";

test.each<[string, Asked, readonly string[]]>([
  ['a host', { on: lending, what: 'add-last ip-dhcp-host', xml: newHost }, [`+ ${newHost}`]],
  [
    'a host of another subnet',
    { on: lending, what: 'add-last ip-dhcp-host', xml: newHost.replace('.5.', '.7.') },
    [`+ ${newHost.replace('.5.', '.7.')}`],
  ],
  [
    'a host by name, below IPv6',
    { on: isolated, what: 'add-last ip-dhcp-host', xml: "<host id='00:01' name='x' ip='2001:db8::5'/>" },
    ['+ <dhcp>', "+ <host id='00:01' name='x' ip='2001:db8::5'/>", '+ </dhcp>'],
  ],
  [
    'a host by MAC',
    { on: lending, what: 'modify ip-dhcp-host', xml: "<host mac='52:54:00:00:00:01' name='new' ip='192.168.5.201'/>" },
    [`- ${hostA}`, "+ <host mac='52:54:00:00:00:01' name='new' ip='192.168.5.201'/>"],
  ],
  [
    'a host by address',
    { on: lending, what: 'modify ip-dhcp-host', xml: "<host mac='52:54:00:00:00:09' name='new' ip='192.168.5.200'/>" },
    [`- ${hostA}`, "+ <host mac='52:54:00:00:00:09' name='new' ip='192.168.5.200'/>"],
  ],
  ['no host, by its MAC alone', { on: lending, what: 'delete ip-dhcp-host', xml: "<host mac='52:54:00:00:00:01'/>" }, [`- ${hostA}`]],
  ['no host, by its address alone', { on: lending, what: 'delete ip-dhcp-host', xml: "<host ip='192.168.5.200'/>" }, [`- ${hostA}`]],
  ['a range', { on: lending, what: 'add-last ip-dhcp-range', xml: shortRange }, [`+ ${shortRange}`]],
  [
    'no range',
    { on: lending, what: 'delete ip-dhcp-range', xml: "<range start='192.168.5.2' end='192.168.5.100'/>" },
    ["- <range start='192.168.5.2' end='192.168.5.100'/>"],
  ],
  ['a portgroup', { on: lending, what: 'add-first portgroup', xml: "<portgroup name='c'/>" }, ["+ <portgroup name='c'>"]],
  [
    'another portgroup of that name',
    { on: lending, what: 'modify portgroup', xml: "<portgroup name='a'/>" },
    ["- <portgroup name='a' default='yes'>", "+ <portgroup name='a'>"],
  ],
  ['no portgroup', { on: lending, what: 'delete portgroup', xml: "<portgroup name='b'/>" }, ["- <portgroup name='b'>"]],
  [
    'a first device, which dev repeats',
    { on: direct, what: 'add-first forward-interface', xml: "<interface dev='eth2'/>" },
    ["- <forward dev='eth0' mode='private'>", "+ <forward dev='eth2' mode='private'>", "+ <interface dev='eth2'/>"],
  ],
  [
    'no first device',
    { on: direct, what: 'delete forward-interface', xml: "<interface dev='eth0'/>" },
    ["- <forward dev='eth0' mode='private'>", "- <interface dev='eth0'/>", "+ <forward dev='eth1' mode='private'>"],
  ],
  ['nothing, where nothing is forwarded', { on: isolated, what: 'add-last forward-interface', xml: "<interface dev='eth0'/>" }, []],
  [
    'another address of a name',
    { on: lending, what: 'add-last dns-host', xml: "<host ip='192.168.5.9'><hostname>h7</hostname></host>" },
    ["+ <host ip='192.168.5.9'>"],
  ],
  [
    'no DNS host, by one of its names',
    { on: lending, what: 'delete dns-host', xml: '<host><hostname>i7</hostname></host>' },
    ["- <host ip='192.168.5.7'>", '- <hostname>i7</hostname>'],
  ],
  ['a text', { on: lending, what: 'add-last dns-txt', xml: "<txt name='c' value='z'/>" }, ["+ <txt name='c' value='z'/>"]],
  ['no text, by its name', { on: lending, what: 'delete dns-txt', xml: "<txt name='a' value='other'/>" }, ["- <txt name='a' value='x'/>"]],
  [
    'a service',
    { on: lending, what: 'add-last dns-srv', xml: "<srv service='x' protocol='tcp'/>" },
    ["+ <srv service='x' protocol='tcp'/>"],
  ],
  [
    'no service, by what tells it apart',
    { on: lending, what: 'delete dns-srv', xml: "<srv protocol='udp'/>" },
    ["- <srv service='ldap' protocol='udp'/>"],
  ],
])('an update makes %s', (_, asked, expected) => expect(difference(asked)).toEqual(expected));

test('add-first puts an entry before the others, add-last after them', () => {
  const first = update({ on: lending, what: 'add-first ip-dhcp-host', xml: newHost });
  const last = update({ on: lending, what: 'add-last ip-dhcp-host', xml: newHost });
  expect(first.ip[0]?.dhcp?.host.map(({ name }) => name)).toEqual(['b', 'a', 'c']);
  expect(last.ip[0]?.dhcp?.host.map(({ name }) => name)).toEqual(['a', 'c', 'b']);
});

test('the last entry takes its elements with it', () => {
  const on =
    "<network><name>n</name><forward mode='nat'/><dns><txt name='a' value='x'/></dns><ip address='10.0.0.1' prefix='8'><dhcp><range start='10.0.0.2' end='10.0.0.9'/></dhcp></ip></network>";
  expect(update({ on, what: 'delete dns-txt', xml: "<txt name='a'/>" }).dns).toBeUndefined();
  expect(update({ on, what: 'delete ip-dhcp-range', xml: "<range start='10.0.0.2' end='10.0.0.9'/>" }).ip[0]?.dhcp).toBeUndefined();
});

function refusalOf(asked: Asked): string {
  try {
    update(asked);
  } catch (error) {
    if (error instanceof LibvirtError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'accepted';
}

test.each<[string, Asked, RegExp]>([
  [
    'another element',
    { on: lending, what: 'add-last ip-dhcp-host', xml: '<hoost/>' },
    /^27 .*unexpected element <hoost>, expecting <host>/,
  ],
  ['no XML', { on: lending, what: 'add-last ip-dhcp-host', xml: '<host' }, /^35 /],
  [
    'a MAC that is taken',
    { on: lending, what: 'add-last ip-dhcp-host', xml: newHost.replace('00:02', '00:01') },
    /^55 .*existing dhcp host entry/,
  ],
  [
    'a name that is taken',
    { on: lending, what: 'add-last ip-dhcp-host', xml: newHost.replace("'b'", "'a'") },
    /^55 .*existing dhcp host entry/,
  ],
  [
    'an address that is taken',
    { on: lending, what: 'add-last ip-dhcp-host', xml: newHost.replace('201', '200') },
    /^55 .*existing dhcp host entry/,
  ],
  ['a host without an address', { on: lending, what: 'add-last ip-dhcp-host', xml: "<host name='b'/>" }, /^27 .*Missing IP address/],
  [
    'a change that is not whole',
    { on: lending, what: 'modify ip-dhcp-host', xml: "<host mac='52:54:00:00:00:01'/>" },
    /^27 .*Missing IP address/,
  ],
  ['a change of no host', { on: lending, what: 'modify ip-dhcp-host', xml: newHost }, /^55 .*couldn't locate an existing dhcp host entry/],
  [
    'a host that differs',
    { on: lending, what: 'delete ip-dhcp-host', xml: "<host mac='52:54:00:00:00:01' ip='192.168.5.201'/>" },
    /^55 .*couldn't locate/,
  ],
  ['any host', { on: lending, what: 'delete ip-dhcp-host', xml: '<host/>' }, /^27 .*At least one/],
  [
    'a host of another family',
    { on: lending, what: 'add-last ip-dhcp-host', xml: newHost.replace('192.168.5.201', '2001:db8::5') },
    /^55 .*address family/,
  ],
  ['a second lending address', { on: lending, what: 'add-last ip-dhcp-host', xml: newHost, parentIndex: 2 }, /^55 .*single IPv4 address/],
  ['an address that there is not', { on: lending, what: 'add-last ip-dhcp-host', xml: newHost, parentIndex: 7 }, /^55 .*at index 7/],
  [
    'a network without addresses',
    { on: direct, what: 'add-last ip-dhcp-host', xml: newHost },
    /^55 .*no <ip> element found in network 'b'/,
  ],
  [
    'a range that is there',
    { on: lending, what: 'add-last ip-dhcp-range', xml: "<range start='192.168.5.2' end='192.168.5.100'/>" },
    /^55 .*existing dhcp range/,
  ],
  [
    'a range elsewhere',
    { on: lending, what: 'add-last ip-dhcp-range', xml: "<range start='10.0.0.2' end='10.0.0.9'/>" },
    /^1 .*not entirely within/,
  ],
  ['a change of a range', { on: lending, what: 'modify ip-dhcp-range', xml: shortRange }, /^84 .*cannot be modified/],
  [
    'a range that there is not',
    { on: lending, what: 'delete ip-dhcp-range', xml: shortRange },
    /^55 .*couldn't locate a matching dhcp range/,
  ],
  ['half a range', { on: lending, what: 'delete ip-dhcp-range', xml: "<range start='192.168.5.2'/>" }, /^27 .*Missing 'end'/],
  ['a second default', { on: lending, what: 'modify portgroup', xml: "<portgroup name='b' default='yes'/>" }, /^55 .*Only one default/],
  ['a portgroup that is there', { on: lending, what: 'add-last portgroup', xml: "<portgroup name='a'/>" }, /^55 .*existing portgroup/],
  [
    'a portgroup that there is not',
    { on: lending, what: 'delete portgroup', xml: "<portgroup name='zz'/>" },
    /^55 .*couldn't find a portgroup/,
  ],
  [
    'a device that is there',
    { on: direct, what: 'add-last forward-interface', xml: "<interface dev='eth1'/>" },
    /^55 .*existing interface/,
  ],
  [
    'a device that there is not',
    { on: direct, what: 'delete forward-interface', xml: "<interface dev='eth9'/>" },
    /^55 .*couldn't find an interface/,
  ],
  ['a device without a name', { on: direct, what: 'add-last forward-interface', xml: '<interface/>' }, /^27 .*missing dev/],
  ['a change of a device', { on: direct, what: 'modify forward-interface', xml: "<interface dev='eth1'/>" }, /^84 /],
  [
    'a second way out of a network with NAT',
    {
      on: lending.replace("<forward mode='nat'/>", "<forward mode='nat' dev='eth0'/>"),
      what: 'add-last forward-interface',
      xml: "<interface dev='eth1'/>",
    },
    /^27 .*only one is supported/,
  ],
  [
    'a DNS address that is taken',
    { on: lending, what: 'add-last dns-host', xml: "<host ip='192.168.5.7'><hostname>n</hostname></host>" },
    /^55 .*already at least one DNS HOST/,
  ],
  [
    'a name of several DNS hosts',
    { on: lending, what: 'delete dns-host', xml: '<host><hostname>h7</hostname></host>' },
    /^55 .*multiple matching DNS HOST/,
  ],
  ['any DNS host', { on: lending, what: 'delete dns-host', xml: '<host/>' }, /^35 .*Missing ip and hostname/],
  ['a change of a DNS host', { on: lending, what: 'modify dns-host', xml: "<host ip='192.168.5.7'><hostname>n</hostname></host>" }, /^84 /],
  [
    'a record where there is no DNS',
    { on: isolated, what: 'add-last dns-host', xml: "<host ip='192.168.5.7'><hostname>n</hostname></host>" },
    /^27 .*Extra data/,
  ],
  ['a text that is there', { on: lending, what: 'add-last dns-txt', xml: "<txt name='a' value='z'/>" }, /^55 .*already a DNS TXT record/],
  ['a change of a text', { on: lending, what: 'modify dns-txt', xml: "<txt name='a' value='z'/>" }, /^84 /],
  [
    'a service that others stand for',
    { on: lending, what: 'add-last dns-srv', xml: "<srv service='ldap' protocol='tcp'/>" },
    /^55 .*already at least one DNS SRV/,
  ],
  ['several services', { on: lending, what: 'delete dns-srv', xml: "<srv service='ldap'/>" }, /^55 .*multiple DNS SRV/],
  ['a change of a service', { on: lending, what: 'modify dns-srv', xml: "<srv service='ldap' protocol='udp'/>" }, /^84 /],
])('%s is refused', (_, asked, expected) => expect(refusalOf(asked)).toMatch(expected));

test('sections that libvirt cannot change are refused whatever is asked', () => {
  for (const section of ['bridge', 'domain', 'ip', 'forward', 'forward-pf'] as const)
    for (const command of Object.keys(updateCommands) as UpdateCommand[])
      expect(refusalOf({ on: lending, what: `${command} ${section}`, xml: `<${section}/>` })).toMatch(
        /^84 Operation not supported: can't update/,
      );
});

test('a device that guests use stays', () => {
  const network = parseNetwork(direct.replace("dev='eth0'/>", "dev='eth0' connections='2'/>"), { flavour: 'live' });
  const request = { section: 'forward-interface', command: 'delete', parentIndex: -1, xml: "<interface dev='eth0'/>" } as const;
  expect(() => updateNetwork(network, request)).toThrow('currently being used by 2 domains');
  expect(Object.values(updateSections)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});

const corpus = new URL('../../../../../../shared/corpus/network-update/', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, corpus), 'utf8');

describe.skipIf(!existsSync(corpus))("libvirt's own fragments", () => {
  const nat = lending.replaceAll('192.168.5.', '192.168.122.');
  test.each<[string, Asked['what'], string, RegExp]>([
    ['dhcp-range.xml', 'add-last ip-dhcp-range', nat, /^accepted$/],
    ['dhcp-range-10.xml', 'add-last ip-dhcp-range', nat, /^1 .*not entirely within/],
    ['dhcp-range-existing.xml', 'add-last ip-dhcp-range', nat.replace("122.100'", "122.254'"), /^55 .*existing dhcp range/],
    ['host-incomplete.xml', 'add-last ip-dhcp-host', nat, /^27 .*Missing IP address/],
    ['host-new-incomplete.xml', 'add-last ip-dhcp-host', nat, /^27 .*Missing IP address/],
    ['interface-eth1.xml', 'add-last forward-interface', direct, /^55 .*existing interface/],
    ['portgroup-alice-new.xml', 'add-last portgroup', nat, /^accepted$/],
    ['portgroup-alison.xml', 'modify portgroup', nat, /^55 .*couldn't find a portgroup/],
    ['srv-record-donkey.xml', 'add-last dns-srv', nat, /^accepted$/],
    ['dns-host-gateway-incomplete.xml', 'add-last dns-host', nat, /^35 .*Missing IP address/],
    ['dns-host-gateway-incomplete.xml', 'delete dns-host', nat.replace('>i7<', '>gateway<'), /^accepted$/],
  ])('%s, %s', (file, what, on, expected) => expect(refusalOf({ on, what, xml: read(file) })).toMatch(expected));
});
