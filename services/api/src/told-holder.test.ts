/** What the refusal of a definition tells of the object that is in its way, by whose that is. */
import { Refusal, type DomainRecord, type NetworkRecord, type PoolRecord } from '@virtbus/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import { DomainRunner } from './domain.runner.js';
import { NetworkRunner } from './network.runner.js';
import type { PoolHosts } from './pools/pool-hosts.js';
import { PoolRunner } from './pools/pool.runner.js';
import { countingClock, MemoryNames, MemoryRecords } from './testing.js';

const [mine, theirs] = ['11111111-2222-3333-4444-555555555555', '22222222-2222-3333-4444-555555555555'];
type Define = (name: string, uuid: string, project: string | undefined) => Promise<unknown>;

function domains(): Define {
  const runner = new DomainRunner(
    new MemoryRecords<DomainRecord>(),
    new MemoryNames(),
    { isActive: async () => false, emulator: () => undefined },
    countingClock(),
  );
  return (name, uuid, project) => {
    const more = "<memory unit='MiB'>64</memory><os><type>hvm</type></os>";
    return runner.define(`<domain type='qemu'><name>${name}</name><uuid>${uuid}</uuid>${more}</domain>`, { project });
  };
}

function networks(): Define {
  const runner = new NetworkRunner(new MemoryRecords<NetworkRecord>(), new MemoryNames(), new MemoryNames(), countingClock());
  return (name, uuid, project) => runner.define(`<network><name>${name}</name><uuid>${uuid}</uuid></network>`, { project });
}

function pools(): Define {
  const records = new MemoryRecords<PoolRecord>();
  const hosts = { pools: () => [...records.entries.values()].map(({ value }) => value) } as unknown as PoolHosts;
  const runner = new PoolRunner(records, new MemoryNames(), hosts, countingClock());
  return (name, uuid, project) =>
    runner.define(`<pool type='dir'><name>${name}</name><uuid>${uuid}</uuid><target><path>/srv/${name}</path></target></pool>`, project);
}

describe.each([
  ['a domain', domains],
  ['a network', networks],
  ['a pool', pools],
] as const)('%s', (_, made) => {
  let define: Define;
  const refusal = (...wanted: Parameters<Define>): Promise<string> =>
    define(...wanted).then(
      () => 'nothing was refused',
      (thrown: unknown) => (thrown instanceof Refusal ? thrown.message : String(thrown)),
    );
  beforeEach(async () => {
    define = made();
    await define('taken', theirs, 'blue');
  });

  test.each<[string, string | undefined, boolean]>([
    ['its own project', 'blue', true],
    ['whom no project binds', undefined, true],
    ['another project', 'red', false],
  ])('whose name is taken is said to %s', async (__, project, isTold) => {
    const words = await refusal('taken', mine, project);
    expect(words).toContain("'taken' already exists");
    expect(words.includes(theirs)).toBe(isTold);
  });

  test.each<[string, string | undefined, boolean]>([
    ['its own project', 'blue', true],
    ['whom no project binds', undefined, true],
    ['another project', 'red', false],
  ])('whose UUID is taken is said to %s', async (__, project, isTold) => {
    const words = await refusal('other', theirs, project);
    expect(words).toContain(theirs);
    expect(words.includes('taken')).toBe(isTold);
  });
});

test('which pool has a directory is said to its own project', async () => {
  const records = new MemoryRecords<PoolRecord>();
  const hosts = { pools: () => [...records.entries.values()].map(({ value }) => value) } as unknown as PoolHosts;
  const runner = new PoolRunner(records, new MemoryNames(), hosts, countingClock());
  const xml = (name: string): string => `<pool type='dir'><name>${name}</name><target><path>/srv/x</path></target></pool>`;
  await runner.define(xml('one'), 'blue');
  await expect(runner.define(xml('two'), 'blue')).rejects.toThrow("Storage source conflict with pool: 'one'");
  await expect(runner.define(xml('two'), 'red')).rejects.toThrow(/^operation failed: Storage source conflict with another pool$/);
});
