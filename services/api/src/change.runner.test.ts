import { beforeEach, expect, test } from 'vitest';
import { Refusal, type DomainRecord } from '@virtbus/contracts';
import { ChangeRunner, type Held } from './change.runner.js';
import { withVcpus } from './core/definition-changes.js';
import { DomainRunner } from './domain.runner.js';
import { countingClock, MemoryNames, MemoryRecords } from './testing.js';

const uuid = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
const xml = `<domain type='qemu'><name>web</name><uuid>${uuid}</uuid><memory>65536</memory><vcpu current='1'>4</vcpu><os><type>hvm</type></os></domain>`;
let records: MemoryRecords<DomainRecord>;
let held: { hostId: string; epoch: number } | undefined;
let done: string[];
let runner: ChangeRunner;
beforeEach(async () => {
  [records, held, done] = [new MemoryRecords(), { hostId: 'a', epoch: 3 }, []];
  const fleet = { isActive: async () => held !== undefined, emulator: () => undefined };
  const definitions = new DomainRunner(records, new MemoryNames(), fleet, countingClock());
  await definitions.define(xml);
  runner = new ChangeRunner(definitions, async () => held);
});

const vcpus = (count: number) => ({
  live: async ({ hostId, epoch }: Held) => void done.push(`${hostId}@${epoch} ${count}`),
  config: (domain: Parameters<typeof withVcpus>[0]) => withVcpus(domain, count),
});
const kept = () => /<vcpu[^>]*>/.exec([...records.entries.values()][0]!.value.xml)?.[0];

test('both are changed when both are wanted', async () => {
  await runner.apply({ domain: 'web', live: true, config: true }, vcpus(2));
  expect([done, kept()]).toEqual([['a@3 2'], `<vcpu placement='static' current='2'>`]);
});

test('a guest is not touched for a definition that is refused', async () => {
  await expect(runner.apply({ domain: 'web', live: true, config: true }, vcpus(5))).rejects.toThrow('5 > 4');
  expect([done, kept()]).toEqual([[], `<vcpu placement='static' current='1'>`]);
});

test('a definition is not changed when the guest refuses', async () => {
  const live = () => Promise.reject(new Refusal('operation_failed', 'no'));
  await expect(runner.apply({ domain: 'web', live: true, config: true }, { ...vcpus(2), live })).rejects.toThrow('no');
  expect(kept()).toBe(`<vcpu placement='static' current='1'>`);
});

test('a domain that does not run has its definition changed', async () => {
  held = undefined;
  await runner.apply({ domain: 'web' }, vcpus(4));
  expect([done, kept()]).toEqual([[], `<vcpu placement='static'>`]);
});
