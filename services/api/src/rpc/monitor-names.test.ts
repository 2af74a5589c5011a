import { expect, test } from 'vitest';
import { monitorFlags, nameMatcher } from './monitor-names.js';

const { regex, noCase } = monitorFlags;

test.each<[string, string | undefined, number, string, boolean]>([
  ['no name', undefined, 0, 'STOP', true],
  ['a name', 'STOP', 0, 'STOP', true],
  ['a part of it', 'STO', 0, 'STOP', false],
  ['another case', 'stop', 0, 'STOP', false],
  ['another case that is let pass', 'stop', noCase, 'STOP', true],
  ['a part of it in another case', 'sto', noCase, 'STOP', false],
  ['dots that are no pattern', '....', 0, 'STOP', false],
  ['a pattern', 'RES|^RTC_CH', regex, 'RTC_CHANGE', true],
  ['a pattern anywhere', 'CHANGE', regex, 'RTC_CHANGE', true],
  ['a pattern elsewhere', '^CHANGE', regex, 'RTC_CHANGE', false],
  ['a pattern in another case', 'change', regex, 'RTC_CHANGE', false],
  ['a pattern in another case that is let pass', 'change$', regex | noCase, 'RTC_CHANGE', true],
])('%s', (_, pattern, flags, name, expected) => expect(nameMatcher(pattern, flags)(name)).toBe(expected));

test.each(['(', 'a'.repeat(257)])('%s is no pattern', (pattern) => {
  expect(() => nameMatcher(pattern, regex)).toThrow(expect.objectContaining({ code: 8 }));
});

test('a pattern that takes for ever is given up', () => {
  const matches = nameMatcher('^(A+)+$', regex);
  const began = performance.now();
  expect(matches(`${'A'.repeat(60)}B`)).toBe(false);
  for (let each = 0; each < 50; each += 1) expect(matches(`${'A'.repeat(60)}${each}`)).toBe(false);
  expect(performance.now() - began).toBeLessThan(2_000);
});
