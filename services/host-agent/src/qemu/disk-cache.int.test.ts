import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DiskCache } from './disk-cache.js';

let root: string;
let warnings: string[];
let made: number;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cache-'));
  warnings = [];
  made = 0;
});
afterEach(() => rm(root, { recursive: true, force: true }));

const isText = (value: unknown): value is string => typeof value === 'string';
const cache = (directory = join(root, 'cache')) => new DiskCache(directory, isText, (message) => warnings.push(message));
const make = async () => `made ${++made}`;
const file = () => join(root, 'cache', 'a.json');

test('a value outlives the process that made it', async () => {
  expect(await cache().remember('a', { size: 1 }, make)).toBe('made 1');
  expect(await cache().remember('a', { size: 1 }, make)).toBe('made 1');
  expect(warnings).toEqual([]);
});

test('what a process knows it does not read again', async () => {
  const one = cache();
  await one.remember('a', {}, make);
  await rm(file());
  expect(await one.remember('a', {}, make)).toBe('made 1');
  expect(await one.remember('a', { size: 2 }, make)).toBe('made 2');
});

test('another key makes another value, in the same file', async () => {
  await cache().remember('a', { size: 1 }, make);
  expect(await cache().remember('a', { size: 2 }, make)).toBe('made 2');
  expect(await readdir(join(root, 'cache'))).toEqual(['a.json']);
});

test('calls at the same time share one making', async () => {
  const shared = cache();
  expect(await Promise.all([1, 2, 3].map(() => shared.remember('a', {}, make)))).toEqual(['made 1', 'made 1', 'made 1']);
});

test('a making that fails is not kept, and fails for its callers only', async () => {
  const shared = cache();
  await expect(shared.remember('a', {}, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await shared.remember('a', {}, make)).toBe('made 1');
});

test.each<[string, (whole: string) => string, boolean]>([
  ['is cut', (whole) => whole.slice(0, -5), true],
  ['is empty', () => '', true],
  ['holds null', () => 'null', false],
  ['holds another shape', () => '{"key":{}}', false],
  ['holds a value of another kind', (whole) => whole.replace('"made 1"', '7'), false],
])('a file that %s is replaced', async (_, spoil, warned) => {
  await cache().remember('a', {}, make);
  await writeFile(file(), spoil(await readFile(file(), 'utf8')));
  expect(await cache().remember('a', {}, make)).toBe('made 2');
  expect(await cache().remember('a', {}, make)).toBe('made 2');
  expect(warnings.length > 0).toBe(warned);
});

test('a directory that cannot be made costs the keeping, not the value', async () => {
  await writeFile(join(root, 'file'), '');
  expect(await cache(join(root, 'file', 'cache')).remember('a', {}, make)).toBe('made 1');
  expect(warnings).toContainEqual(expect.stringMatching(/cannot be written$/));
});

test('a file that cannot be replaced leaves no draft behind', async () => {
  await mkdir(file(), { recursive: true });
  expect(await cache().remember('a', {}, make)).toBe('made 1');
  expect(await readdir(join(root, 'cache'))).toEqual(['a.json']);
});
