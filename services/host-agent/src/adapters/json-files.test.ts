import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { JsonFiles } from './json-files.js';

const key = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';

interface Value {
  readonly uuid: string;
  readonly a: number;
}
const valueOf = (a: number): Value => ({ uuid: key, a });

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'virtbus-journal-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** How many files below a directory this process has open. */
const descriptorsIn = (path: string): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(`${path}/`);
    } catch {
      return false;
    }
  }).length;

test('what was written is read back, for the owner alone to see', async () => {
  const files = await JsonFiles.open<Value>(directory);
  await files.write(key, valueOf(1));
  await files.write(key, valueOf(2));
  expect(await files.readAll()).toEqual({ values: [valueOf(2)], unreadable: [] });
  expect((await stat(join(directory, `${key}.json`))).mode & 0o777).toBe(0o600);
});

test('what is begun is there before it is waited for, and nothing else stays', async () => {
  const files = await JsonFiles.open<Value>(directory);
  const begun = files.begin(key, valueOf(1));
  expect(readdirSync(directory)).toEqual([`${key}.json`]);
  expect(JSON.parse(readFileSync(join(directory, `${key}.json`), 'utf8'))).toEqual(valueOf(1));
  const open = descriptorsIn(directory);
  await begun;
  expect([open, descriptorsIn(directory)]).toEqual([1, 0]);
});

test('what cannot be begun says so to whoever waits, and leaves no descriptor', async () => {
  const files = await JsonFiles.open(directory);
  await mkdir(join(directory, `${key}.json`));
  await expect(files.begin(key, valueOf(1))).rejects.toThrow('EISDIR');
  expect(descriptorsIn(directory)).toBe(0);
});

test('removing is repeatable', async () => {
  const files = await JsonFiles.open(directory);
  await files.write(key, valueOf(1));
  await files.remove(key);
  await files.remove(key);
  expect(await readdir(directory)).toEqual([]);
});

test('a torn file is reported and stays; a half-written successor is not looked at', async () => {
  const files = await JsonFiles.open(directory);
  await writeFile(join(directory, `${key}.json`), '{"a":');
  await writeFile(join(directory, `${key}.json.new`), '{"b":');
  const { values, unreadable } = await files.readAll();
  expect([values, unreadable.map((each) => each.file)]).toEqual([[], [join(directory, `${key}.json`)]]);
  expect(await readdir(directory)).toHaveLength(2);
});

test.each([
  ['null', 'null', `it holds no record of ${key}`],
  ['nothing', '{}', `it holds no record of ${key}`],
  ['another one’s', '{"uuid":"c7a5fdbd-edaf-9455-926a-d65c16db1810"}', `it holds no record of ${key}`],
  ['of a later version', JSON.stringify({ uuid: key, format: 2 }), 'its format is 2, and this version of virtbus reads 1'],
])('a record that is %s is reported, and keeps no other from being read', async (_, text, words) => {
  const files = await JsonFiles.open<Value>(directory);
  const other = 'd7a5fdbd-edaf-9455-926a-d65c16db1809';
  await files.write(other, { uuid: other, a: 1 });
  await writeFile(join(directory, `${key}.json`), text);
  const { values, unreadable } = await files.readAll();
  expect(values).toEqual([{ uuid: other, a: 1 }]);
  expect(unreadable).toEqual([{ file: join(directory, `${key}.json`), cause: new TypeError(words) }]);
});

test.each(['../passwd', '', 'demo', `${key}/x`])('the key %j names no file', async (bad) => {
  const files = await JsonFiles.open(directory);
  await expect(files.write(bad, valueOf(1))).rejects.toThrow(RangeError);
});
