import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { dnsmasqFiles } from './dnsmasq-files.js';
import { parseLeases } from './dnsmasq-leases.js';

test('leases of both families, as dnsmasq writes them', () => {
  const text = [
    '1795000000 52:54:00:AA:bb:cc 192.168.122.57 web ff:00:aa:bb',
    '0 52:54:00:00:00:02 192.168.122.58 * *',
    '1795000001 06-52:54:00:00:00:03 192.168.122.59 * 01:52:54:00:00:00:03',
    'duid 00:01:00:01:2c:00',
    '1795000002 1193046 fd00:7::1f0 web 00:01:00:01:aa',
    '1795000003 T77 fd00:7::1f1 * 00:02',
    '',
  ].join('\n');
  expect(parseLeases(text)).toEqual([
    {
      expiry: 1_795_000_000,
      family: 'ipv4',
      mac: '52:54:00:aa:bb:cc',
      address: '192.168.122.57',
      hostname: 'web',
      clientId: 'ff:00:aa:bb',
    },
    { expiry: 0, family: 'ipv4', mac: '52:54:00:00:00:02', address: '192.168.122.58' },
    { expiry: 1_795_000_001, family: 'ipv4', mac: '52:54:00:00:00:03', address: '192.168.122.59', clientId: '01:52:54:00:00:00:03' },
    { expiry: 1_795_000_002, family: 'ipv6', iaid: 1_193_046, address: 'fd00:7::1f0', hostname: 'web', clientId: '00:01:00:01:aa' },
    { expiry: 1_795_000_003, family: 'ipv6', iaid: 77, address: 'fd00:7::1f1', clientId: '00:02' },
  ]);
});

test.each([
  ['an empty file', ''],
  ["the server's own DUID", 'duid 00:01:00:01:2c:00'],
  ['a line that is cut off', '1795000000 52:54:00:aa:bb:cc'],
  ['an expiry that is no number', 'soon 52:54:00:aa:bb:cc 192.168.122.57 web *'],
  ['a MAC that is none', '1795000000 52:54:00 192.168.122.57 web *'],
  ['an IAID of IPv4', '1795000000 1193046 192.168.122.57 web *'],
  ['an address that is none', '1795000000 52:54:00:aa:bb:cc host web *'],
])('%s holds no lease', (_, text) => expect(parseLeases(text)).toEqual([]));

test('different networks have different files, all in one directory', () =>
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ unit: fc.constantFrom('a', '.', '/', ' ', '%', '2', 'F', 'é'), minLength: 1, maxLength: 4 }), {
        maxLength: 20,
      }),
      (networks) => {
        const paths = networks.flatMap((network) => Object.values(dnsmasqFiles('/state', network)));
        expect(new Set(paths).size).toBe(networks.length * 6);
        for (const path of paths) expect(path).toMatch(/^\/state\/dnsmasq\/[^/]+\.[a-z]+$/);
      },
    ),
  ));
