import { expect, test } from 'vitest';
import { BEGUN_GRACE_MS, isExhausted, isLast, isTooLate, MAX_DELIVERIES, nextDeliveryMs } from './redelivery.js';

const deadline = new Date(1_000_000);
const at = (ms: number): Date => new Date(deadline.getTime() + ms);

test.each<[string, number, number, boolean]>([
  ['at its deadline, the first time', 1, 0, false],
  ['a moment after it, the first time', 1, 1, true],
  ['after it, when it may have been begun', 2, 1, false],
  ['at the end of the grace, when it may have been begun', 2, BEGUN_GRACE_MS, false],
  ['hours later, even when it may have been begun', 2, BEGUN_GRACE_MS + 1, true],
])('a command that comes %s', (_, deliveryCount, afterMs, late) => {
  expect(isTooLate({ deadline, deliveryCount, now: at(afterMs) })).toBe(late);
});

test('the pauses grow, and the last one stays', () => {
  const pauses = [1, 2, 3, 4, 5, 6, 99].map(nextDeliveryMs);
  expect(pauses).toEqual([100, 500, 2_000, 5_000, 10_000, 10_000, 10_000]);
});

test('the last delivery may fail, and one more than that is not begun', () => {
  expect([isLast(MAX_DELIVERIES - 1), isLast(MAX_DELIVERIES)]).toEqual([false, true]);
  expect([isExhausted(MAX_DELIVERIES), isExhausted(MAX_DELIVERIES + 1)]).toEqual([false, true]);
});
