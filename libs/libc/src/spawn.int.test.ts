import { spawnSync } from 'node:child_process';
import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { spawnProcess, SystemError, withNetns, type ProcessEnd, type SpawnRequest } from './index.js';

let folder: string;
const opened: number[] = [];
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'virtbus-spawn-')));
});
afterEach(() => {
  for (const descriptor of opened.splice(0)) closeSync(descriptor);
  rmSync(folder, { recursive: true, force: true });
});

const fileCalled = (name: string): number => {
  const descriptor = openSync(join(folder, name), 'a');
  opened.push(descriptor);
  return descriptor;
};
const written = (name: string): string => readFileSync(join(folder, name), 'utf8');
const program = (binary: string, argv: string[], over: Partial<SpawnRequest> = {}): Promise<ProcessEnd> =>
  spawnProcess({ binary, argv, environment: {}, directory: folder, descriptors: [], ...over }).ended;
const shell = (script: string) => program('/bin/sh', ['-c', script]);
const listeners = () => process.listenerCount('SIGCHLD');

test('a program gets its arguments, environment and directory, and nothing else', async () => {
  const output = fileCalled('output');
  process.env['VIRTBUS_SPAWN_TEST'] = 'leaked';
  try {
    const environment = { NAME: 'a value=1', ABSENT: undefined };
    await program('/bin/sh', ['-c', 'pwd; echo "$0|$1"; env', 'née', ''], { environment, descriptors: [output] });
  } finally {
    delete process.env['VIRTBUS_SPAWN_TEST'];
  }
  const lines = written('output').trimEnd().split('\n');
  expect(lines.slice(0, 2)).toEqual([folder, 'née|']);
  expect(lines.slice(2).filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line))).toEqual(['NAME=a value=1']);
});

test('it inherits the descriptors asked for, whatever their numbers are here, and no other', async () => {
  const names = Array.from({ length: 40 }, (_, index) => `file${index}`);
  const descriptors = names.map(fileCalled);
  const given = [...descriptors].toReversed();
  const report = fileCalled('report');
  await program('ls', ['-l', '/proc/self/fd'], { descriptors: [report, report, ...given] });
  const entries = [...written('report').matchAll(/ (\d+) -> (\/.*)$/gm)];
  const held = new Map(entries.map(([, number = '', path = '']) => [Number(number), path]));
  // ls itself holds the directory that it lists.
  expect([...held.values()].filter((path) => !path.startsWith('/proc/'))).toHaveLength(names.length + 3);
  expect([held.get(0), held.get(1), held.get(2)]).toEqual(['/dev/null', join(folder, 'report'), join(folder, 'report')]);
  for (const [at, name] of names.toReversed().entries()) expect(held.get(at + 3)).toBe(join(folder, name));
  for (const descriptor of given) expect(fstatSync(descriptor).isFile()).toBe(true);
});

test('a descriptor that already has its number stays, though it is closed on exec here', async () => {
  const output = fileCalled('output');
  const descriptors = Array.from({ length: output }, () => output);
  await program('readlink', [`/proc/self/fd/${output}`], { descriptors });
  expect(written('output').trim()).toBe(join(folder, 'output'));
});

test('it leads a session of its own, with no signal blocked or ignored', async () => {
  const output = fileCalled('output');
  const ignore = () => undefined;
  process.on('SIGUSR2', ignore);
  try {
    await program('cat', ['/proc/self/stat', '/proc/self/status'], { descriptors: [output] });
  } finally {
    process.off('SIGUSR2', ignore);
  }
  const [pid, session] = [/^(\d+) /.exec(written('output'))?.[1], /^\d+ \(cat\) \S \d+ \d+ (\d+)/.exec(written('output'))?.[1]];
  expect(session).toBe(pid);
  const set = (name: string) => BigInt(`0x${new RegExp(`^${name}:\\s+(\\w+)$`, 'm').exec(written('output'))?.[1]}`);
  // 32 and 33 are the C library's own.
  expect([set('SigBlk'), set('SigIgn') & ~0x1_8000_0000n]).toEqual([0n, 0n]);
});

test('its end is told: what it returned, or the signal', async () => {
  await expect(shell('exit 0')).resolves.toEqual({ exitCode: 0 });
  await expect(shell('exit 255')).resolves.toEqual({ exitCode: 255 });
  await expect(shell('kill -KILL $$')).resolves.toEqual({ signal: 'SIGKILL' });
  await expect(shell('kill -SEGV $$')).resolves.toEqual({ signal: 'SIGSEGV' });
});

test('many that end at once are all told of, beside children of Node', async () => {
  const before = listeners();
  const ends = Array.from({ length: 50 }, (_, index) => shell(`exit ${index}`));
  // The loop stands still meanwhile, so that their signals come as one.
  expect(spawnSync('/bin/sh', ['-c', 'sleep 0.3; exit 7']).status).toBe(7);
  expect(listeners()).toBe(before + 1);
  await expect(Promise.all(ends)).resolves.toEqual(Array.from({ length: 50 }, (_, exitCode) => ({ exitCode })));
  expect(listeners()).toBe(before);
});

test('what the system refuses is an error at once, and leaves nothing', async () => {
  const before = listeners();
  const asked = { argv: [], environment: {}, directory: '/', descriptors: [] };
  const refusal = (over: Partial<SpawnRequest>) => {
    try {
      return spawnProcess({ ...asked, binary: '/bin/true', ...over }).pid;
    } catch (error) {
      return error;
    }
  };
  const failing = (code: string) => expect.objectContaining({ name: SystemError.name, syscall: 'posix_spawn', code });
  expect(refusal({ binary: join(folder, 'absent') })).toEqual(failing('ENOENT'));
  expect(refusal({ binary: folder })).toEqual(failing('EACCES'));
  expect(refusal({ directory: join(folder, 'absent') })).toEqual(failing('ENOENT'));
  expect(refusal({ descriptors: [9999] })).toEqual(failing('EBADF'));
  expect(refusal({ descriptors: [-1] })).toMatchObject({ name: SystemError.name, code: 'EBADF' });
  expect(refusal({ argv: ['a'.repeat(1 << 18)] })).toEqual(failing('E2BIG'));
  expect(listeners()).toBe(before);
});

test('it is in the network namespace of the thread that starts it', async () => {
  const output = fileCalled('output');
  const apart = spawnProcess({ binary: 'unshare', argv: ['--net', 'sleep', '60'], environment: {}, directory: '/', descriptors: [] });
  const namespace = `/proc/${apart.pid}/ns/net`;
  try {
    await expect.poll(() => readlinkSync(namespace)).not.toBe(readlinkSync('/proc/self/ns/net'));
    await withNetns(namespace, () =>
      spawnProcess({ binary: 'readlink', argv: ['/proc/self/ns/net'], environment: {}, directory: '/', descriptors: [output] }),
    ).ended;
    expect(written('output').trim()).toBe(readlinkSync(namespace));
  } finally {
    process.kill(apart.pid, 'SIGKILL');
    await apart.ended;
  }
});
