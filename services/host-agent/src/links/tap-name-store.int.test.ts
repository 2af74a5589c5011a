import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TapNameStore } from './tap-name-store.js';

let directory: string;
let logged: string[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'virtbus-names-'));
  logged = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = () => TapNameStore.open(directory, (level, message) => logged.push(`${level}: ${message}`));
const next = async (store: TapNameStore): Promise<string> => {
  const answer = await store.allocate({ prefix: 'vnet' }, () => false);
  return answer.type === 'refused' ? answer.code : answer.name;
};
const onDisk = (): Record<string, number> => JSON.parse(readFileSync(join(directory, 'tap-names.json'), 'utf8')) as Record<string, number>;

test('what is on disk is never behind what was given', async () => {
  const store = await open();
  for (let given = 0; given < 200; given++) {
    expect(await next(store)).toBe(`vnet${given}`);
    expect(onDisk()['vnet']).toBeGreaterThanOrEqual(given);
  }
  expect(Number((await next(await open())).slice(4))).toBeGreaterThan(199);
});

test('most names write nothing', async () => {
  const store = await open();
  await next(store);
  const written = onDisk();
  for (let given = 0; given < 60; given++) await next(store);
  expect(onDisk()).toEqual(written);
});

test('an orderly end writes what was really given', async () => {
  const store = await open();
  await next(store);
  await store.reserve(['vnet41', 'macvtap7']);
  await store.close();
  expect(onDisk()).toEqual({ vnet: 41, macvtap: 7 });
  expect(await next(await open())).toBe('vnet42');
});

test('a counter that starts over is written, and does not jump back up', async () => {
  writeFileSync(join(directory, 'tap-names.json'), '{"vnet":2147483646}');
  const store = await open();
  expect([await next(store), await next(store), await next(store)]).toEqual(['vnet2147483647', 'vnet0', 'vnet1']);
  expect(onDisk()['vnet']).toBeLessThan(1000);
});

test.each(['', 'nonsense', '[]x', '"text"', '{"vnet":"9"}', '{"vnet":1.5}', 'null'])(
  'a file that holds %j is told and starts over',
  async (text) => {
    writeFileSync(join(directory, 'tap-names.json'), text);
    expect(await next(await open())).toBe('vnet0');
    expect(logged).toEqual(['warn: tap name counters cannot be read and start over']);
  },
);

test('a new host-agent has nothing to tell', async () => {
  await open();
  expect(logged).toEqual([]);
});

test('no name is given when the disk does not take the counter, also not to those who wait for the same write', async () => {
  const store = await open();
  rmSync(directory, { recursive: true });
  const outcomes = await Promise.allSettled([next(store), next(store), next(store)]);
  expect(outcomes.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as { code: string }).code : outcome.value))).toEqual([
    'system',
    'system',
    'system',
  ]);
  await expect(next(store)).rejects.toThrow(/^cannot write .*tap-names\.json: ENOENT/);
  mkdirSync(directory);
  expect(await next(store)).toBe('vnet4');
  expect(onDisk()['vnet']).toBeGreaterThanOrEqual(4);
});
