import { expect, test } from 'vitest';
import { parseInterface } from '@virtbus/libvirt-xml';
import { passtOptions } from './passt-options.js';

const optionsOf = (inner: string): string[] => {
  const net = parseInterface(`<interface type='user'>${inner}<backend type='passt'/></interface>`);
  if (net.type !== 'user') throw new Error('of another type');
  return passtOptions(net);
};

test.each<[string, string, string[]]>([
  ['nothing is said', '', []],
  ['a link of the host', `<source dev='eth42'/>`, ['--interface', 'eth42']],
  [
    'addresses',
    `<ip address='172.17.2.4' family='ipv4' prefix='24'/><ip address='2001:db8::feed' family='ipv6'/>`,
    ['--address', '172.17.2.4', '--netmask', '24', '--address', '2001:db8::feed'],
  ],
  ['an MTU', `<mtu size='1400'/>`, ['--mtu', '1400']],
  [
    'ranges, and what is left out of them',
    `<portForward proto='tcp' address='2001:db8::1'><range start='22' to='2022'/><range start='1000' end='1050'/>
      <range start='1020' exclude='yes'/><range start='1030' end='1040' exclude='yes'/></portForward>`,
    ['--tcp-ports', '2001:db8::1/22:2022,1000-1050,~1020,~1030-1040'],
  ],
  [
    'a range that is moved, on one link',
    `<portForward proto='udp' address='1.2.3.4' dev='eth0'><range start='5000' end='5020' to='6000'/></portForward>`,
    ['--udp-ports', '1.2.3.4%eth0/5000-5020:6000-6020'],
  ],
  ['one link alone', `<portForward proto='tcp' dev='eth0'><range start='80'/></portForward>`, ['--tcp-ports', '%eth0/80']],
  ['all ports', `<portForward proto='tcp'/>`, ['--tcp-ports', 'all']],
])('%s', (_, inner, expected) => expect(optionsOf(inner)).toEqual(expected));

test('a log is kept where the definition says', () => {
  const net = parseInterface(`<interface type='user'><backend type='passt' logFile='/var/log/p.log'/></interface>`);
  expect(net.type === 'user' && passtOptions(net)).toEqual(['--log-file', '/var/log/p.log']);
});
