import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { broadcastOf, formatAddress, formatMac, networkOf, parseAddress, parseMac } from './net-text.js';

/** Mostly zero groups, so that runs of them compete. */
const sparseIpv6 = fc.array(fc.constantFrom('0', '0', '0', 'a1'), { minLength: 8, maxLength: 8 }).map((groups) => groups.join(':'));

describe('text that is no address is refused', () => {
  test.each([
    ['ipv4', ''],
    ['ipv4', '1.2.3'],
    ['ipv4', '1.2.3.256'],
    ['ipv4', '::1'],
    ['ipv6', '1.2.3.4'],
    ['ipv6', '1::2::3'],
    ['ipv6', 'fe80::1%eth0'],
  ] as const)('%s %j', (family, text) => expect(() => parseAddress(family, text)).toThrow(RangeError));

  test.each(['', '52:54:00:00:00', '52:54:00:00:00:0g', '525400000000', '52:54:00:00:00:00:00'])('MAC %j', (text) =>
    expect(() => parseMac(text)).toThrow(RangeError),
  );
});

test.each([
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['fd00:0:0:1:0:0:0:2', 'fd00:0:0:1::2'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['::ffff:192.0.2.1', '::ffff:c000:201'],
  ['FD00::A', 'fd00::a'],
])('IPv6 %s is written as %s', (text, expected) => expect(formatAddress(parseAddress('ipv6', text))).toBe(expected));

test('addresses come back as the URL standard writes them, which for IPv6 is RFC 5952', () => {
  fc.assert(
    fc.property(fc.ipV4(), (text) => {
      expect(formatAddress(parseAddress('ipv4', text))).toBe(text);
    }),
  );
  fc.assert(
    fc.property(fc.oneof(fc.ipV6(), sparseIpv6), (text) => {
      expect(`[${formatAddress(parseAddress('ipv6', text))}]`).toBe(new URL(`http://[${text}]`).hostname);
    }),
    { numRuns: 1000 },
  );
});

test('a MAC is written in lower case; other lengths are no MAC', () => {
  expect(formatMac(parseMac('52:54:00:AB:cd:0e'))).toBe('52:54:00:ab:cd:0e');
  expect(formatMac(new Uint8Array(8))).toBeUndefined();
  expect(formatMac(undefined)).toBeUndefined();
});

test.each([
  ['ipv4', '192.168.122.1', 24, '192.168.122.0'],
  ['ipv4', '10.1.2.3', 0, '0.0.0.0'],
  ['ipv4', '10.1.2.3', 32, '10.1.2.3'],
  ['ipv4', '10.1.2.3', 13, '10.0.0.0'],
  ['ipv6', 'fd00:1:2:3::1', 56, 'fd00:1:2::'],
] as const)('%s %s/%i lies in %s', (family, address, prefix, network) => expect(networkOf(family, address, prefix)).toBe(network));

test.each([
  ['192.168.122.1', 24, '192.168.122.255'],
  ['10.1.2.3', 13, '10.7.255.255'],
  ['10.1.2.3', 30, '10.1.2.3'],
])('broadcasts of %s/%i go to %s', (address, prefix, expected) => expect(formatAddress(broadcastOf(address, prefix))).toBe(expected));
