import { constants, PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { bytesPassed } from './dead-buffers.js';

const MIB = 1024 * 1024;
const PIECES = 256;

/** The collections that `act` brings with it. */
async function collectionsOf(act: () => Promise<void>): Promise<{ readonly young: number; readonly whole: number }> {
  const kinds: number[] = [];
  const take = (entries: readonly PerformanceEntry[]): void => {
    for (const entry of entries) kinds.push((Reflect.get(entry, 'detail') as { readonly kind: number }).kind);
  };
  const observer = new PerformanceObserver((list) => take(list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  await act();
  await sleep(20);
  take(observer.takeRecords());
  observer.disconnect();
  const of = (kind: number): number => kinds.filter((each) => each === kind).length;
  return { young: of(constants.NODE_PERFORMANCE_GC_MINOR), whole: of(constants.NODE_PERFORMANCE_GC_MAJOR) };
}

async function carry(say: (bytes: number) => void): Promise<void> {
  for (let piece = 0; piece < PIECES; piece += 1) {
    say(new Uint8Array(MIB).length);
    if (piece % 8 === 0) await new Promise(setImmediate);
  }
}

test('the buffers of bytes that have passed are let go without a look through the whole heap', async () => {
  const told = await collectionsOf(() => carry(bytesPassed));
  // One for every six pieces; V8 may have begun one by itself just then, in whose stead it comes.
  expect(told.young).toBeGreaterThanOrEqual(Math.floor(PIECES / 8));
  expect(told.whole).toBeLessThanOrEqual(2);
});

test('few bytes make no difference', async () => {
  const { young } = await collectionsOf(async () => bytesPassed(1_024));
  expect(young).toBeLessThanOrEqual(1);
});
