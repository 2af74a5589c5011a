import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { showProgress, showTransfer } from './progress.js';

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

test.each([
  ['what is no terminal shows nothing', false, undefined, []],
  ['slow work shows how much is done', true, undefined, ['\rup: 3.00 KiB\u001b[K', '\rup: 4.00 KiB\u001b[K', '\r\u001b[K']],
  [
    'and of how much',
    true,
    4096,
    ['\rup: 3.00 KiB of 4.00 KiB (75 %)\u001b[K', '\rup: 4.00 KiB of 4.00 KiB (100 %)\u001b[K', '\r\u001b[K'],
  ],
])('of bytes: %s', (_, isTTY, totalBytes, expected) => {
  const out = sink(isTTY);
  const progress = showTransfer(out, 'up', totalBytes);
  for (const [waitMs, bytes] of [
    [600, 1024],
    [10, 2048],
    [300, 3072],
    [10, 3500],
    [1_000, 4096],
  ] as const) {
    vi.advanceTimersByTime(waitMs);
    progress.moved(bytes);
  }
  progress.hide();
  expect(out.written).toEqual(expected);
});

test('quick work of bytes shows nothing', () => {
  const out = sink(true);
  const progress = showTransfer(out, 'up', 10);
  progress.moved(10);
  progress.hide();
  expect(out.written).toEqual([]);
});
