import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open, readlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unexpectedEnd } from './launch.js';
import { readStat } from './proc.js';
import { FIRST_DESCRIPTOR, LaunchFailed, type LaunchRequest, type RunningQemu } from './qemu.js';
import { localQemus } from './qemus.js';

const QEMU = process.env['VIRTBUS_QEMU'] ?? '/usr/bin/qemu-system-x86_64';

let root: string;
const openDescriptor = promisify(open);
const started: RunningQemu[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'launch-'));
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((qemu) => qemu.destroy({ termMs: 0 })));
  await rm(root, { recursive: true, force: true });
});

function request(over: Partial<LaunchRequest> = {}, more: readonly string[] = []): LaunchRequest {
  const uuid = over.uuid ?? randomUUID();
  const machine = ['-machine', 'pc', '-accel', 'tcg', '-m', '16', '-nodefaults', '-no-user-config', '-display', 'none', '-S'];
  return {
    binary: QEMU,
    argv: [...machine, '-uuid', uuid, ...more],
    name: 'a',
    uuid,
    directory: join(root, 'a'),
    extraDescriptors: [],
    logFile: join(root, 'a.log'),
    ...over,
  };
}

async function launched(asked: LaunchRequest): Promise<RunningQemu> {
  const qemu = await localQemus.launch(asked);
  started.push(qemu);
  return qemu;
}

const failureOf = (asked: LaunchRequest) =>
  localQemus.launch(asked).then(
    () => expect.unreachable(),
    (error: unknown) => error as LaunchFailed,
  );

const behind = (descriptor: number) => {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return 'nothing';
  }
};

/** Powers the machine off as its guest would: S5 into the PM control register, once the firmware has put it at 0x600. */
async function powerOff(qemu: RunningQemu): Promise<void> {
  let done = false;
  qemu.monitor.on('SHUTDOWN', () => (done = true));
  await qemu.monitor.execute('cont');
  const press = () => qemu.monitor.execute('human-monitor-command', { 'command-line': 'o /h 0x604 0x2000' });
  await expect.poll(() => press().then(() => done), { timeout: 5000, interval: 20 }).toBe(true);
}

test('a binary that is missing is a typed failure that names it', async () => {
  const failure = await failureOf(request({ binary: '/nonexistent/qemu' }));
  expect(failure).toBeInstanceOf(LaunchFailed);
  expect(failure).toMatchObject({
    code: 1,
    message: expect.stringMatching(/^internal error: cannot execute \/nonexistent\/qemu: no such file or directory$/),
  });
});

test('a binary that may not be executed is a typed failure', async () => {
  await writeFile(join(root, 'qemu'), 'text', { mode: 0o600 });
  expect(await failureOf(request({ binary: join(root, 'qemu') }))).toMatchObject({
    name: 'LaunchFailed',
    message: expect.stringMatching(/: permission denied$/),
  });
});

test.each<[string, string[], RegExp]>([
  ['a bad option', ['-no-such-option'], /-no-such-option: invalid option$/],
  ['an unknown device', ['-device', 'no-such-device'], /'no-such-device' is not a valid device model name$/],
  ['a kernel that is not there', ['-kernel', '/nonexistent/vmlinuz'], /could not open kernel file '\/nonexistent\/vmlinuz'/],
])('QEMU that dies of %s says why, as libvirt words it', async (_, more, words) => {
  const failure = await failureOf(request({}, more));
  expect(failure).toBeInstanceOf(LaunchFailed);
  expect(failure.message).toMatch(/^internal error: process exited while connecting to monitor: /);
  expect(failure.message).toMatch(words);
  expect(failure.lastWords).toMatch(words);
});

test('a binary that exits without a word is reported without one', async () => {
  expect(await failureOf(request({ binary: '/bin/true' }))).toMatchObject({
    message: 'internal error: process exited while connecting to monitor',
  });
});

test('a process that never opens its monitor is given up and removed', async () => {
  await writeFile(join(root, 'mute'), `#!/bin/sh\necho $$ > ${root}/mute.pid\nexec sleep 600\n`, { mode: 0o755 });
  expect(await failureOf(request({ binary: join(root, 'mute'), timeoutMs: 200 }))).toMatchObject({
    message: expect.stringMatching(/^internal error: cannot connect to the monitor of a: greeting: no answer within 200 ms/),
  });
  const pid = Number(await readFile(join(root, 'mute.pid'), 'utf8'));
  await expect.poll(() => readStat(pid)?.state ?? 'Z').toBe('Z');
});

test.each<[string, Partial<LaunchRequest>, RegExp]>([
  ['no uuid', { argv: ['-S'] }, /does not carry -uuid/],
  ['a monitor of its own', { uuid: 'u', argv: ['-uuid', 'u', '-mon', 'x'] }, /already has a monitor/],
])('a command line with %s is not run', async (_, over, words) => expect((await failureOf(request(over))).message).toMatch(words));

test('a directory too long for a socket is refused', async () => {
  expect((await failureOf(request({ directory: join(root, 'x'.repeat(100)) }))).message).toContain('name too long');
});

test.each<[string, Partial<LaunchRequest>]>([
  ['started', {}],
  ['not found', { binary: '/nonexistent/qemu' }],
  ['not even tried', { argv: [] }],
])('the given descriptors are closed here when QEMU was %s', async (_, over) => {
  const descriptor = await openDescriptor('/dev/zero', 'r');
  await localQemus.launch(request({ ...over, extraDescriptors: [descriptor] })).then(
    (qemu) => started.push(qemu),
    () => undefined,
  );
  expect(behind(descriptor)).not.toBe('/dev/zero');
});

test("QEMU finds the given descriptors under their numbers, in order, and nothing of the agent's", async () => {
  const names = ['first', 'second', 'third'];
  for (const name of names) await writeFile(join(root, name), '');
  const opened = await Promise.all(names.map((name) => openDescriptor(join(root, name), 'r')));
  // Given in reverse, so that the numbers here and there overlap in the wrong order.
  const qemu = await launched(request({ extraDescriptors: opened.toReversed() }));
  const there = await Promise.all(names.map((_, index) => readlink(`/proc/${qemu.pid}/fd/${FIRST_DESCRIPTOR + index}`)));
  expect(there).toEqual(names.toReversed().map((name) => join(root, name)));
});

test('a launched QEMU is in command mode, in a session of its own, with its pid on file', async () => {
  const asked = request();
  const qemu = await launched(asked);
  await expect(qemu.monitor.execute('query-status')).resolves.toMatchObject({ status: 'prelaunch' });
  await expect(qemu.monitor.execute('query-uuid')).resolves.toEqual({ UUID: asked.uuid });
  expect(Number(await readFile(join(asked.directory, 'qemu.pid'), 'utf8'))).toBe(qemu.pid);
  expect((await readFile(`/proc/${qemu.pid}/stat`, 'utf8')).split(' ')[5]).toBe(String(qemu.pid));
  expect(qemu.startTime).toBe(readStat(qemu.pid)?.startTime);
  expect((await stat(asked.directory)).mode & 0o777).toBe(0o700);
  expect(await readFile(asked.logFile, 'utf8')).toMatch(/^# .* starting: \/usr\/bin\/qemu-system-x86_64 .*-uuid/);
});

test('a second launch beside a living QEMU of the same domain is refused and leaves it alone', async () => {
  const asked = request();
  const qemu = await launched(asked);
  expect((await failureOf(asked)).message).toMatch(/^internal error: process \d+ of this domain still runs$/);
  await expect(qemu.monitor.execute('query-status')).resolves.toMatchObject({ status: 'prelaunch' });
});

test('leftovers of an earlier run do not disturb, nor does a pid file that names a stranger', async () => {
  const asked = request();
  const first = await launched(asked);
  process.kill(first.pid, 'SIGKILL');
  await first.ended;
  await writeFile(join(asked.directory, 'qemu.pid'), `${process.pid}\n`);
  const second = await launched(asked);
  expect(second.pid).not.toBe(first.pid);
});

test.each<[string, (qemu: RunningQemu) => unknown, object]>([
  ['SIGTERM', (qemu) => qemu.terminate(), { shutdown: { guest: false, reason: 'host-signal' }, destroyed: false, exitCode: 0 }],
  ['SIGKILL', (qemu) => process.kill(qemu.pid, 'SIGKILL'), { destroyed: false, signal: 'SIGKILL' }],
  [
    'quit',
    (qemu) => qemu.monitor.execute('quit').catch(() => undefined),
    { shutdown: { guest: false, reason: 'host-qmp-quit' }, exitCode: 0 },
  ],
  ['destroy', (qemu) => qemu.destroy(), { shutdown: { guest: false, reason: 'host-signal' }, destroyed: true }],
  ['destroy at once', (qemu) => qemu.destroy({ termMs: 0 }), { destroyed: true, signal: 'SIGKILL' }],
])('the end by %s is told apart', async (_, finish, expected) => {
  const qemu = await launched(request());
  await finish(qemu);
  const end = await qemu.ended;
  expect(end).toMatchObject(expected);
  expect(end.shutdown === undefined).toBe(!('shutdown' in expected));
});

test('a QEMU that ends after its launch carries its last words into the failure', async () => {
  const qemu = await launched(request());
  qemu.terminate();
  expect(unexpectedEnd(await qemu.ended).message).toMatch(
    /^internal error: qemu unexpectedly closed the monitor: .*terminating on signal 15 from pid/,
  );
});

test('a guest that powers off under -no-shutdown is let go, and its own cause is kept', async () => {
  const qemu = await launched(request({}, ['-no-shutdown']));
  await powerOff(qemu);
  await expect(qemu.monitor.execute('query-status')).resolves.toMatchObject({ status: 'shutdown' });
  qemu.terminate();
  expect(await qemu.ended).toMatchObject({ shutdown: { guest: true, reason: 'guest-shutdown' }, destroyed: false, exitCode: 0 });
});

test('a shutdown that was undone by running on does not colour a later crash', async () => {
  const qemu = await launched(request({}, ['-no-shutdown']));
  await powerOff(qemu);
  await qemu.monitor.execute('system_reset');
  await qemu.monitor.execute('cont');
  process.kill(qemu.pid, 'SIGKILL');
  expect(await qemu.ended).not.toHaveProperty('shutdown');
});

test('destroy kills a stopped QEMU that SIGTERM cannot reach, and calls share one run', async () => {
  const qemu = await launched(request());
  process.kill(qemu.pid, 'SIGSTOP');
  const [first, second] = await Promise.all([qemu.destroy({ termMs: 50 }), qemu.destroy({ termMs: 50 })]);
  expect(first).toMatchObject({ type: 'ended', forced: true, end: { destroyed: true, signal: 'SIGKILL' } });
  expect(second).toBe(first);
});

test('destroy of a QEMU that has ended answers how it ended, and signals nobody', async () => {
  const qemu = await launched(request());
  process.kill(qemu.pid, 'SIGKILL');
  await qemu.ended;
  await expect(qemu.destroy()).resolves.toMatchObject({ type: 'ended', end: { destroyed: false, signal: 'SIGKILL' } });
});
