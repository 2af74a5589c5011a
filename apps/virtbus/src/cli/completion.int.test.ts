/** The scripts, carried out by the shells that they are for. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commands } from './command-table.js';
import { FakeCommandLine } from './fake/command-line.js';

/** What is named so is a name, whatever a shell would make of it. */
const nasty = '$(touch owned) `touch owned`;x';
let directory = '';

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'vb-complete-'));
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { status, out } = await new FakeCommandLine().answer('completion', shell);
    expect(status).toBe(0);
    writeFileSync(join(directory, `virtbus.${shell}`), out);
  }
  // In place of the program: it says what it was asked, and its names.
  const names = ['web', 'west wing', 'db', nasty].map((name) => `'${name}'`).join(' ');
  writeFileSync(join(directory, 'virtbus'), `#!/bin/sh\necho "$@" >> asked\nprintf '%s\\n' ${names}\n`);
  chmodSync(join(directory, 'virtbus'), 0o755);
});
afterAll(() => rmSync(directory, { recursive: true }));

const spawned = (program: string, ...args: string[]) =>
  spawnSync(program, args, { cwd: directory, encoding: 'utf8', env: { PATH: `${directory}:${process.env['PATH'] ?? ''}` } });
const isThere = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

/** What bash offers for the last of these words. */
function offered(...words: string[]): string[] {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const script = `source virtbus.bash; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _virtbus; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawned('bash', '--norc', '-c', script);
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
}

test('bash knows every command', () => expect(offered('virtbus', '')).toEqual(Object.keys(commands)));
test.each<[string, readonly string[], readonly string[]]>([
  ['a command from its beginning', ['net-st'], ['net-start']],
  ['nothing for what no command begins with', ['zzz'], []],
  ['the options of a command', ['list', '--st'], ['--state-running', '--state-paused', '--state-shutoff', '--state-other']],
  ['names of domains, quoted as bash needs it', ['start', 'we'], ['web', String.raw`west\ wing`]],
  ['the same behind options of virtbus itself', ['-c', 'https://x', '-q', 'start', 'w'], ['web', String.raw`west\ wing`]],
  ['names of networks', ['net-start', 'd'], ['db']],
  ['files where a file is wanted', ['define', 'virtbus.b'], ['virtbus.bash']],
])('bash completes %s', (_, words, expected) => expect(offered('virtbus', ...words)).toEqual(expected));

test('a name is not carried out', () => {
  expect(offered('virtbus', 'start', '$')).toHaveLength(1);
  expect(spawned('ls').stdout).not.toContain('owned');
});

test('the fleet that is meant is asked', () => {
  offered('virtbus', '--url', 'https://other', 'start', 'w');
  expect(spawned('tail', '-n1', 'asked').stdout).toBe('--url https://other -q list --all --name\n');
});

test.each(['zsh', 'fish'].filter(isThere))('%s takes its script', (shell) =>
  expect(spawned(shell, '-n', `virtbus.${shell}`)).toMatchObject({ status: 0, stderr: '' }),
);
