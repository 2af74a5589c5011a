import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { starter } from './starter.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virtbus starter-'));
  writeFileSync(join(folder, 'main.bundle.mjs'), starter({ longLived: true }));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function start(code: string) {
  writeFileSync(join(folder, 'main.code.mjs'), code);
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'main.bundle.mjs'), 'an argument'], { encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

const cacheFolder = (): string => join(folder, 'compile-cache');

test('a program gets its arguments, and its exit status counts', () =>
  expect(start('console.log(process.argv[2]); process.exitCode = 3;')).toEqual({ status: 3, said: 'an argument\n' }));

test('a program that fails to start fails', () => {
  const { status, said } = start("throw new Error('no bus');");
  expect(status).toBe(1);
  expect(said).toContain('no bus');
});

test('compiled code is kept beside the bundle', () => {
  start('export const answer = () => 42; answer();');
  expect(readdirSync(cacheFolder())).toHaveLength(1);
});

test('a program that only waits does not wait for its compiled code to be written', () => {
  const began = performance.now();
  start('');
  expect(performance.now() - began).toBeLessThan(4_000);
});

test('compiled code that cannot be kept is no harm', () => {
  // A file where the folder would be: not even root can write below it.
  writeFileSync(cacheFolder(), '');
  expect(start("console.log('up');")).toEqual({ status: 0, said: 'up\n' });
});
