import { expect, test } from 'vitest';
import { backOffMs, sleep } from './wait.js';

test('the wait ends at once when it is aborted, before it or meanwhile', async () => {
  const stop = new AbortController();
  const waiting = sleep(60_000, stop.signal);
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(sleep(60_000, stop.signal)).rejects.toThrow('enough');
});

test('pauses double up to a limit', () => {
  expect([0, 1, 2, 3, 99].map((attempt) => backOffMs(attempt, 20, 100))).toEqual([20, 40, 80, 100, 100]);
});
