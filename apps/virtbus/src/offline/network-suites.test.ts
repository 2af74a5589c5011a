import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runNetworkSuites } from './network-suites.js';

const LAB = `<network><name>lab</name><bridge name='br0'/><forward/><ip address='10.7.0.1' netmask='255.255.255.0'>
  <dhcp><range start='10.7.0.2' end='10.7.0.9'/><host mac='52:54:00:00:00:01' ip='10.7.0.5'/></dhcp></ip></network>`;

const insert = (chain: string, rest: string): string => `iptables \\\n-w \\\n--table filter \\\n--insert ${chain} \\\n${rest}\n`;
const port = (chain: string, side: string, protocol: string, number: number): string =>
  insert(chain, `--${side}-interface br0 --protocol ${protocol} --destination-port ${number} --jump ACCEPT`);
const ports = ['tcp', 'udp'].map(
  (protocol) =>
    port('LIBVIRT_INP', 'in', protocol, 67) +
    port('LIBVIRT_OUT', 'out', protocol, 68) +
    port('LIBVIRT_INP', 'in', protocol, 53) +
    port('LIBVIRT_OUT', 'out', protocol, 53),
);
const NET = '10.7.0.0/24';
const nat = (rest: string): string => insert('LIBVIRT_PRT', `--source ${NET} ${rest}`).replace('filter', 'nat');
const REPLIES = 'ESTABLISHED,RELATED';
const COMMANDS = [
  ...ports,
  insert('LIBVIRT_FWO', '--in-interface br0 --jump REJECT'),
  insert('LIBVIRT_FWI', '--out-interface br0 --jump REJECT'),
  insert('LIBVIRT_FWX', '--in-interface br0 --out-interface br0 --jump ACCEPT'),
  insert('LIBVIRT_FWO', `--source ${NET} --in-interface br0 --jump ACCEPT`),
  insert('LIBVIRT_FWI', `--destination ${NET} --out-interface br0 --match conntrack --ctstate ${REPLIES} --jump ACCEPT`),
  nat(`'!' --destination ${NET} --jump MASQUERADE`),
  nat(`-p udp '!' --destination ${NET} --jump MASQUERADE --to-ports 1024-65535`),
  nat(`-p tcp '!' --destination ${NET} --jump MASQUERADE --to-ports 1024-65535`),
  nat('--destination 255.255.255.255/32 --jump RETURN'),
  nat('--destination 224.0.0.0/24 --jump RETURN'),
].join('');

const CONF = `# made by nobody
strict-order
except-interface=lo
bind-dynamic
interface=br0
dhcp-authoritative
dhcp-range=10.7.0.2,10.7.0.9,255.255.255.0
dhcp-no-override
dhcp-lease-max=8
dhcp-hostsfile=/somewhere
`;

let folder: string;
const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'virtbus-networks-'));
  for (const suite of ['network-dnsmasq', 'network-firewall', 'nwfilter-firewall', 'notes']) mkdirSync(join(folder, suite));
  for (const [name, commands] of Object.entries({
    same: COMMANDS,
    laxer: COMMANDS.replace(REPLIES, `NEW,${REPLIES}`),
    'other-ports': COMMANDS.replaceAll('1024-65535', '1-5'),
    'fewer-ports': COMMANDS.replace(port('LIBVIRT_INP', 'in', 'udp', 67), ''),
    'in-tongues': COMMANDS.replace('--ctstate', '--ctwhat'),
  })) {
    put(`network-firewall/${name}.xml`, LAB);
    put(`network-firewall/${name}-linux.args`, commands);
  }
  for (const [name, conf] of Object.entries({ same: CONF, other: CONF.replace('=8', '=9') })) {
    put(`network-dnsmasq/${name}.xml`, LAB);
    put(`network-dnsmasq/${name}.conf`, conf);
    put(`network-dnsmasq/${name}.hostsfile`, '52:54:00:00:00:01,10.7.0.5\n');
  }
  put('network-dnsmasq/wrong.xml', '<network/>');
  put('network-dnsmasq/wrong.conf', '');
  put('nwfilter-firewall/alone.xml', '<filter name="alone"/>');
});
afterAll(() => rmSync(folder, { recursive: true }));

const failed = (difference: unknown) => ({ type: 'failed', difference });
const firewalls = [
  { name: 'fewer-ports', outcome: failed(expect.stringMatching(/^input from br0: udp .* port 67, new: expected nothing, got accept$/)) },
  { name: 'in-tongues', outcome: failed("iptables' option --ctwhat is not known here") },
  { name: 'laxer', outcome: failed(expect.stringMatching(/^forward .*, new: expected accept, got reject$/)) },
  { name: 'other-ports', outcome: failed(expect.stringMatching(/^postrouting .*: expected masquerade 1-5, got masquerade 1024-65535$/)) },
  { name: 'same', outcome: { type: 'passed' } },
];

test('each suite is judged by what its cases come to', () => {
  expect(runNetworkSuites(folder).toSorted((a, b) => (a.suite < b.suite ? -1 : 1))).toEqual([
    {
      suite: 'network-dnsmasq',
      outcomes: [
        { name: 'other', outcome: failed('expected dhcp-lease-max=9, got dhcp-lease-max=8') },
        { name: 'same', outcome: { type: 'passed' } },
        { name: 'wrong', outcome: failed(expect.stringMatching(/^refused: /)) },
      ],
    },
    { suite: 'network-firewall', outcomes: firewalls },
    { suite: 'nwfilter-firewall', outcomes: [] },
  ]);
});

test('a suite may be named alone', () => {
  expect(runNetworkSuites(join(folder, 'network-firewall'))).toEqual([{ suite: 'network-firewall', outcomes: firewalls }]);
});
