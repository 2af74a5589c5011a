import { encode, hostWishes } from '@virtbus/contracts';
import { expect, test } from 'vitest';
import { valueOf } from './bucket-value.js';

const subject = '$KV.virtbus_host_wishes.a';
const bytes = encode({ hostId: 'a', cordoned: true });

test('what was decoded lately is not decoded again, whoever asks', () => {
  const first = valueOf(hostWishes, subject, bytes);
  expect(first).toEqual({ hostId: 'a', cordoned: true });
  expect(valueOf(hostWishes, subject, bytes.slice())).toBe(first);
});

test('other bytes are another value, and come after each other as often as they like', () => {
  const other = encode({ hostId: 'a', cordoned: false });
  for (const [given, cordoned] of [[bytes, true] as const, [other, false] as const, [bytes, true] as const]) {
    expect(valueOf(hostWishes, subject, given)).toEqual({ hostId: 'a', cordoned });
  }
});

test('bytes that change after they were decoded change nothing', () => {
  const passing = encode({ hostId: 'a', cordoned: true });
  const value = valueOf(hostWishes, subject, passing);
  passing.fill(0);
  expect(valueOf(hostWishes, subject, encode({ hostId: 'a', cordoned: true }))).toBe(value);
});

test('what is no value is none each time', () => {
  for (let time = 0; time < 2; time += 1)
    expect(() => valueOf(hostWishes, subject, encode({ hostId: 'a', cordoned: 7 }))).toThrow('holds what is no');
});
