import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HostAddressLearner } from './host-address-learner.js';

const mac = '52:54:00:00:00:01';
let directory = '';
let warned: string[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'virtbus-learned-'));
  warned = [];
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const file = () => join(directory, 'learned-addresses.json');
const log = { log: () => undefined, warn: (words: string) => void warned.push(words), error: () => undefined };

async function open(): Promise<HostAddressLearner> {
  const learner = await HostAddressLearner.open({ netns: undefined, file: file(), log });
  learner.close();
  return learner;
}

test('what was learned outlives the process', async () => {
  await writeFile(file(), JSON.stringify({ vnet0: { mac, address: '10.7.0.10' } }));
  expect(await (await open()).addresses('vnet0', mac)).toEqual(['10.7.0.10']);
  expect(warned).toEqual([]);
});

test.each([
  ['cut to nothing', '', 1],
  ['of something else', '"x', 1],
  ['empty of sense', 'null', 0],
])('a file that is %s is no reason not to start', async (_, text, warnings) => {
  await writeFile(file(), text);
  const learner = await open();
  expect([await learner.addresses('vnet0', mac), warned.length]).toEqual([[], warnings]);
  expect(await readFile(file(), 'utf8')).toBe(text);
});

test('there is none at first, which is no news', async () => {
  expect(await (await open()).addresses('vnet0', mac)).toEqual([]);
  expect(warned).toEqual([]);
});
