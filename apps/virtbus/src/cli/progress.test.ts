import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { showProgress } from './progress.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function sink(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string | Uint8Array) => written.push(text.toString()) };
}

test.each([
  ['quick work shows nothing', true, 500, []],
  ['what is no terminal shows nothing', false, 5_000, []],
  [
    'slow work shows how long it takes, and the line is wiped',
    true,
    2_000,
    ['\rstart: waiting, 1 s\u001b[K', '\rstart: waiting, 2 s\u001b[K', '\r\u001b[K'],
  ],
])('%s', (_, isTTY, workMs, expected) => {
  const out = sink(isTTY);
  const stop = showProgress(out, 'start');
  vi.advanceTimersByTime(workMs);
  stop();
  vi.advanceTimersByTime(5_000);
  expect(out.written).toEqual(expected);
});
