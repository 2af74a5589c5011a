import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const launcher = join(import.meta.dirname, '../../bin/virtbus');
let root: string;

/** A repository with spaces in its name, in which `node` only says what it was asked to run. */
beforeEach(() => {
  root = join(mkdtempSync(join(tmpdir(), 'virtbus-launcher-')), 'a clone');
  for (const folder of ['apps/virtbus/bin', 'apps/virtbus/dist', 'node_modules/.bin']) mkdirSync(join(root, folder), { recursive: true });
  copyFileSync(launcher, join(root, 'apps/virtbus/bin/virtbus'));
  writeFileSync(join(root, 'node_modules/.bin/node'), '#!/bin/sh\nfor word; do echo "[$word]"; done\n');
  chmodSync(join(root, 'node_modules/.bin/node'), 0o755);
  // As npm links a workspace and its program.
  symlinkSync('../apps/virtbus', join(root, 'node_modules/virtbus'));
  symlinkSync('../virtbus/bin/virtbus', join(root, 'node_modules/.bin/virtbus'));
});
afterEach(() => rmSync(join(root, '..'), { recursive: true, force: true }));

const built = (file: string): void => writeFileSync(join(root, 'apps/virtbus/dist', file), '');
const start = (...words: string[]) => spawnSync(join(root, 'node_modules/.bin/virtbus'), words, { encoding: 'utf8', cwd: '/' });

test('nothing built: it says what to do', () => {
  const { status, stderr, stdout } = start('list');
  expect([status, stdout, stderr]).toEqual([1, '', `error: virtbus is not built: run 'npm run setup' in ${root}\n`]);
});

test('no node modules: the same', () => {
  built('main.js');
  rmSync(join(root, 'node_modules/.bin/node'));
  expect(start('list').status).toBe(1);
});

test("through npm's links, words reach the compiled program as they are", () => {
  built('main.js');
  expect(start('list', 'a b', '').stdout).toBe(`[${root}/apps/virtbus/dist/main.js]\n[list]\n[a b]\n[]\n`);
});

test.each([
  ['a bundle is preferred', ['main.js', 'main.bundle.mjs'], ['list'], 'main.bundle.mjs'],
  ['the smallest bundle is', ['main.js', 'main.bundle.mjs', 'cli.bundle.mjs'], ['list'], 'cli.bundle.mjs'],
  ['but not for the fleet', ['main.js', 'main.bundle.mjs', 'cli.bundle.mjs'], ['up'], 'main.bundle.mjs'],
  ['whose options may stand before', ['main.js', 'main.bundle.mjs', 'cli.bundle.mjs'], ['-q', 'up', '--separate'], 'main.bundle.mjs'],
  ['which needs no bundle', ['main.js', 'cli.bundle.mjs'], ['up'], 'main.js'],
])('%s', (_, files, words, program) => {
  files.forEach(built);
  const [first = '', second] = start(...words).stdout.split('\n');
  // The fleet's nursery is bounded, by a flag of Node's before the program.
  expect(words.includes('up') ? [first, second] : [first]).toEqual([
    ...(words.includes('up') ? ['[--max-semi-space-size=4]'] : []),
    `[${root}/apps/virtbus/dist/${program}]`,
  ]);
});
