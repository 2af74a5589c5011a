import { expect, test } from 'vitest';
import { agentInterfaces } from './agent-interfaces.js';

const ipv4 = (address: string, prefix: unknown = 24) => ({ 'ip-address': address, 'ip-address-type': 'ipv4', prefix });

test.each<[string, unknown, ReturnType<typeof agentInterfaces>]>([
  [
    'with both families',
    [
      {
        name: 'eth0',
        'hardware-address': '52:54:00:00:00:01',
        'ip-addresses': [ipv4('10.7.0.2'), { 'ip-address': 'fe80::1', 'ip-address-type': 'ipv6', prefix: 64 }],
      },
    ],
    [
      {
        name: 'eth0',
        mac: '52:54:00:00:00:01',
        addresses: [
          { family: 'ipv4', address: '10.7.0.2', prefix: 24 },
          { family: 'ipv6', address: 'fe80::1', prefix: 64 },
        ],
      },
    ],
  ],
  ['without a MAC or an address', [{ name: 'sit0' }], [{ name: 'sit0', addresses: [] }]],
  [
    'with aliases, which are part of it',
    [
      { name: 'eth0', 'ip-addresses': [ipv4('10.7.0.2')] },
      { name: 'eth0:1', 'ip-addresses': [ipv4('10.7.0.3')] },
    ],
    [
      {
        name: 'eth0',
        addresses: [
          { family: 'ipv4', address: '10.7.0.2', prefix: 24 },
          { family: 'ipv4', address: '10.7.0.3', prefix: 24 },
        ],
      },
    ],
  ],
  ['that is no list', { name: 'eth0' }, []],
  ['of nonsense', [null, 7, { name: 7 }, { name: '' }, { name: 'x'.repeat(200) }], []],
  [
    'whose addresses are none',
    [
      {
        name: 'e',
        'ip-addresses': [
          ipv4('10.7.0'),
          ipv4('10.7.0.1', 200),
          ipv4('10.7.0.1', '24'),
          ipv4('$(reboot)'),
          'x',
          { 'ip-address-type': 'ipx' },
        ],
      },
    ],
    [{ name: 'e', addresses: [] }],
  ],
])('an answer %s', (_, answer, expected) => expect(agentInterfaces(answer)).toEqual(expected));

test('an answer without end has one', () => {
  const many = Array.from({ length: 10_000 }, (_, n) => ({ name: `eth${n}`, 'ip-addresses': [] }));
  const long = Array.from({ length: 10_000 }, () => ({
    name: 'eth0',
    'ip-addresses': Array.from({ length: 300 }, () => ipv4('10.7.0.2')),
  }));
  expect(agentInterfaces(many)).toHaveLength(256);
  expect(agentInterfaces(long)[0]?.addresses).toHaveLength(256);
});
