import { expect, test } from 'vitest';
import { hostNetworks, startPlacedDomain, subjectOf, tokenFromName, tokensOf, wildcardOf } from './index.js';

test('a subject is filled, widened and read back', () => {
  expect(subjectOf(startPlacedDomain, { hostId: 'a' })).toBe('virtbus.v1.host.a.cmd.domain.start');
  expect(wildcardOf(startPlacedDomain)).toBe('virtbus.v1.host.*.cmd.domain.start');
  expect(wildcardOf(startPlacedDomain, { hostId: 'a' })).toBe('virtbus.v1.host.a.cmd.domain.start');
  expect(tokensOf(hostNetworks, 'a.b')).toEqual({ hostId: 'a', uuid: 'b' });
});

test.each(['', 'a.b', '*', '>', 'a b', 'ä', 'x'.repeat(401)])('the token %j is refused', (hostId) => {
  expect(() => subjectOf(startPlacedDomain, { hostId })).toThrow(RangeError);
});

test('a subject of another shape has no tokens', () => {
  expect(tokensOf(startPlacedDomain, 'virtbus.v1.host.a.cmd.domain.stop')).toBeUndefined();
  expect(tokensOf(startPlacedDomain, 'virtbus.v1.host.a')).toBeUndefined();
});

test('any name makes a token', () => {
  for (const name of ['demo', 'a.b c', 'ümlaut', '*>']) expect(tokenFromName(name)).toMatch(/^[A-Za-z0-9_-]+$/);
});
