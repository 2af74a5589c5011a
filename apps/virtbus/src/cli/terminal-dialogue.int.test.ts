import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runProgram, writePrivate } from './terminal-dialogue.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virtbus-dialogue-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program on a terminal of its own, on whose keyboard something is typed. */
function onTerminal(program: string, typed: string): string {
  const file = join(folder, 'program.mts');
  const source = JSON.stringify(join(import.meta.dirname, 'terminal-dialogue.ts'));
  writeFileSync(file, `import { askUser, runProgram } from ${source};\n${program}\n`);
  const command = `'${process.execPath}' --no-warnings '${file}'`;
  return spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8', input: typed, timeout: 20_000 }).stdout;
}

test('whoever sits at the terminal is asked', () => {
  const said = onTerminal("console.log(`<${await askUser('a? ')}>`);", 'yes\n');
  expect(said.replaceAll('\r', '')).toMatch(/a\? .*<yes>\n/s);
});

test('the end of what is typed is no answer', () => {
  expect(onTerminal("console.log(`<${await askUser('a? ')}>`);", '\u0004')).toContain('<undefined>');
});

test('where there is no terminal nobody is asked', () => {
  const source = JSON.stringify(join(import.meta.dirname, 'terminal-dialogue.ts'));
  const program = `import { askUser } from ${source}; console.log(await askUser('a? '));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', program], {
    encoding: 'utf8',
    input: 'yes\n',
  });
  expect([stdout, stderr]).toEqual(['undefined\n', '']);
});

test('a program has the terminal, and its end is told', () => {
  const said = onTerminal("console.log(`<${await runProgram('sh', ['-c', 'read word; echo \"[$word]\"; exit 3'])}>`);", 'typed\n');
  expect(said.replaceAll('\r', '')).toMatch(/\[typed\]\n<3>\n/);
});

test.each([
  ['a signal', ['-c', 'kill -9 $$'], 137],
  ['itself', ['-c', 'exit 0'], 0],
])('a program may be ended by %s', async (_, args, status) => expect(await runProgram('sh', args)).toBe(status));

test('a program that is not there is an error', async () => {
  await expect(runProgram(join(folder, 'none'), [])).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a private file is nobody else’s to read', async () => {
  const path = await writePrivate('secret');
  expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['secret', 0o600]);
  rmSync(path);
});
