import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { NwfilterRecord } from '@virtbus/contracts';
import type { Bus } from '@virtbus/messaging';
import { BusFilters } from './bus-filters.js';

const entryAt = (revision: number) => ({
  value: { uuid: '5c6d49af-b071-6127-b4ec-6f8ed4b55335', name: 'mine', xml: "<filter name='mine'/>" } satisfies NwfilterRecord,
  revision,
});
let entries: ReturnType<typeof entryAt>[];
let listeners: Set<(change: { readonly entry?: object }) => void>;
let filters: BusFilters;

beforeEach(async () => {
  vi.useFakeTimers();
  [entries, listeners] = [[entryAt(3)], new Set()];
  const view = {
    entries: () => entries,
    onChange: (listener: (change: { readonly entry?: object }) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const bus = { bucket: () => ({ view: async () => view }) } as unknown as Bus;
  filters = await BusFilters.open(bus, { log: () => undefined, warn: () => undefined, error: () => undefined });
});
afterEach(() => vi.useRealTimers());

function come(revision: number): void {
  entries = [entryAt(revision)];
  for (const listener of listeners) listener({ entry: entryAt(revision) });
}
const isReached = async (revision: number, meanwhile: () => unknown = () => undefined): Promise<boolean> => {
  let reached = false;
  void filters.reached(revision).then(() => (reached = true));
  await meanwhile();
  await vi.advanceTimersByTimeAsync(0);
  return reached;
};

test.each<[string, number, () => unknown, boolean]>([
  ['nothing', 0, () => undefined, true],
  ['what is there', 3, () => undefined, true],
  ['what was there before', 2, () => undefined, true],
  ['what is to come', 5, () => come(4), false],
  ['what comes', 5, () => come(5), true],
  ['what comes before another', 5, () => come(6), true],
  ['what does not come', 5, () => vi.advanceTimersByTimeAsync(1_999), false],
  ['what does not come in time', 5, () => vi.advanceTimersByTimeAsync(2_000), true],
])('definitions are waited for: %s', async (_, revision, meanwhile, reached) => {
  const before = listeners.size;
  expect(await isReached(revision, meanwhile)).toBe(reached);
  if (reached) expect(listeners.size).toBe(before);
});
