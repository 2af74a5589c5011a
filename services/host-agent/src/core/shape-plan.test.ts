import { expect, test } from 'vitest';
import { quantumOf, remainderOf, shaperName, shapePlanOf } from './shape-plan.js';

test.each<[string, Parameters<typeof shapePlanOf>[0], ReturnType<typeof shapePlanOf>]>([
  ['nothing', {}, {}],
  ['an average of nothing', { inbound: { average: 0 }, outbound: { average: 0 } }, {}],
  ['a floor alone, which bounds nothing', { inbound: { floor: 5 } }, {}],
  [
    'averages',
    { inbound: { average: 1024 }, outbound: { average: 1024 } },
    { inbound: { rate: 1_024_000, ceil: 1_024_000, quantum: 87 }, outbound: { rate: 1_024_000, burstBytes: 1_048_576 } },
  ],
  [
    'peaks and bursts',
    { inbound: { average: 10, peak: 20, burst: 3 }, outbound: { average: 10, peak: 20, burst: 3 } },
    { inbound: { rate: 10_000, ceil: 20_000, burstBytes: 3072, quantum: 1 }, outbound: { rate: 10_000, burstBytes: 3072 } },
  ],
  ['a peak below the average', { inbound: { average: 10, peak: 5 } }, { inbound: { rate: 10_000, ceil: 10_000, quantum: 1 } }],
  ['a burst that tc could not say', { outbound: { average: 5_000_000 } }, { outbound: { rate: 5e9, burstBytes: 4_194_303 * 1024 } }],
])('%s', (_, bandwidth, plan) => expect(shapePlanOf(bandwidth)).toEqual(plan));

test("a turn's worth is libvirt's", () => expect([quantumOf(1), quantumOf(1024), quantumOf(100_000)]).toEqual([1, 87, 8533]));

test('others always keep something', () =>
  expect([remainderOf(10_000, [4000, 1000]), remainderOf(10_000, [10_000])]).toEqual([5000, 1000]));

test('a shaper is found again by the name of its link', () => {
  expect(shaperName('vnet12')).toBe('ifb-vnet12');
  const long = ['my-long-tap-nam', 'my-long-tap-nan'].map(shaperName);
  expect(new Set(long).size).toBe(2);
  for (const name of long) expect(name).toMatch(/^ifb-[0-9a-z]{1,11}$/);
});
