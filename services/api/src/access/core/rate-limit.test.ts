import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fullBucket, isFull, take, type Rate } from './rate-limit.js';

const rate: Rate = { perSecond: 2, burst: 3 };

describe('a bucket of 3 tokens that gets 2 a second', () => {
  test.each<[string, number[], boolean[]]>([
    ['gives its burst at once, and no more', [0, 0, 0, 0], [true, true, true, false]],
    ['gives one after half a second', [0, 0, 0, 500], [true, true, true, true]],
    ['gives none just before', [0, 0, 0, 499], [true, true, true, false]],
    ['is never fuller than its burst', [0, 60_000, 60_000, 60_000, 60_000], [true, true, true, true, false]],
    ['takes a clock that goes back for one that stands', [1_000, 500, 400, 300], [true, true, true, false]],
  ])('%s', (_, times, expected) => {
    let bucket = fullBucket(rate, times[0]!);
    const given = times.map((nowMs) => {
      const taken = take(rate, bucket, { nowMs });
      bucket = taken.bucket;
      return taken.type === 'taken';
    });
    expect(given).toEqual(expected);
  });
});

test('says when to come back, and by then there is a token', () => {
  const taken = take(rate, { tokens: 0.25, atMs: 0 }, { nowMs: 0 });
  expect(taken).toMatchObject({ type: 'refused', retryAfterMs: 375 });
  expect(take(rate, taken.bucket, { nowMs: 375 }).type).toBe('taken');
});

test('over any time it gives no more than its burst and what has dropped in', () =>
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 60 }), (gaps) => {
      let [nowMs, given] = [0, 0];
      let bucket = fullBucket(rate, 0);
      for (const gap of gaps) {
        nowMs += gap;
        const taken = take(rate, bucket, { nowMs });
        bucket = taken.bucket;
        given += taken.type === 'taken' ? 1 : 0;
      }
      expect(given).toBeLessThanOrEqual(3 + (nowMs / 1000) * 2);
    }),
  ));

test('a full bucket is as good as a new one', () => {
  expect(isFull(rate, { tokens: 1, atMs: 0 }, 999)).toBe(false);
  expect(isFull(rate, { tokens: 1, atMs: 0 }, 1_000)).toBe(true);
});
