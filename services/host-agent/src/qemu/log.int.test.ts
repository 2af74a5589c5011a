import { closeSync, writeSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lastWords, openLog } from './log.js';

const NOW = new Date('2026-11-21T08:00:00Z');
let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'qemu-log-'));
  path = join(directory, 'domain.log');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const NO_NEWS =
  'qemu: -chardev socket,id=charmonitor,fd=3,server=on,wait=on: info: QEMU waiting for connection on: disconnected:unix:/monitor';

test.each<[string, string, string]>([
  ['a log with one run', '# 2026 starting: qemu\nbad option\n', 'bad option'],
  ['the last of two runs', '# 2026 starting: qemu\nold\n# 2026 starting: qemu -S\nnew\n', 'new'],
  ['a silent last run', '# 2026 starting: qemu\nold\n# 2026 starting: qemu\n', ''],
  ['a header that was not finished', '# 2026 starti', '# 2026 starti'],
  ['no header', 'a\nb\n', 'a\nb'],
  ['an empty log', '', ''],
  ['a run that says only where its monitor is', `# 2026 starting: qemu\n${NO_NEWS}\n`, ''],
  ['a run that fails after it', `# 2026 starting: qemu\nwarned\n${NO_NEWS}\nbad option\n`, 'warned\nbad option'],
  ['a hash inside a line', '# 2026 starting: qemu\nissue # 5\n', 'issue # 5'],
])('last words of %s', async (_, text, words) => {
  await writeFile(path, text);
  await expect(lastWords(path)).resolves.toBe(words);
});

test('last words of no log are none', () => expect(lastWords(path)).resolves.toBe(''));

test('a chatty run is cut at a line, to at most a kibibyte, however large the log', async () => {
  const log = openLog(path, ['qemu'], NOW);
  writeSync(log, Array.from({ length: 50_000 }, (_, index) => `warning ${index}\n`).join(''));
  closeSync(log);
  const words = await lastWords(path);
  expect(words.length).toBeLessThanOrEqual(1024);
  expect(words.split('\n')[0]).toMatch(/^warning \d+$/);
  expect(words.endsWith('warning 49999')).toBe(true);
});

test('the header can be pasted into a shell', async () => {
  const log = openLog(path, ['/usr/bin/qemu', '-name', "guest=it's", '-append', 'a b', ''], NOW);
  closeSync(log);
  expect(await readFile(path, 'utf8')).toBe(`# 2026-11-21T08:00:00.000Z starting: /usr/bin/qemu -name 'guest=it'\\''s' -append 'a b' ''\n`);
});

test('the directory of a log is made when absent', async () => {
  closeSync(openLog(join(directory, 'a', 'b', 'domain.log'), ['qemu'], NOW));
  await expect(lastWords(join(directory, 'a', 'b', 'domain.log'))).resolves.toBe('');
  expect((await stat(join(directory, 'a', 'b', 'domain.log'))).mode & 0o777).toBe(0o600);
});

test('a log over two mebibytes is put aside, a smaller one is continued', async () => {
  await writeFile(path, 'x'.repeat(2 * 1024 * 1024));
  closeSync(openLog(path, ['qemu'], NOW));
  closeSync(openLog(path, ['qemu'], NOW));
  expect((await stat(`${path}.old`)).size).toBeGreaterThan(2 * 1024 * 1024);
  expect(await readFile(path, 'utf8')).toBe('# 2026-11-21T08:00:00.000Z starting: qemu\n');
});
