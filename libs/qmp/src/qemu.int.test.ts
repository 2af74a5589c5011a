import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CommandTimeout, MonitorClosed, QmpError } from './errors.js';
import { Monitor } from './monitor.js';

const QEMU = process.env['VIRTBUS_QEMU'] ?? 'qemu-system-x86_64';

let directory: string;
let path: string;
let qemu: ChildProcess;
let monitor: Monitor;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'qmp-'));
  path = join(directory, 'monitor.sock');
  const argv = ['-machine', 'none', '-nodefaults', '-display', 'none', '-S', '-qmp', `unix:${path},server=on,wait=off`];
  qemu = spawn(QEMU, argv, { stdio: 'ignore' });
  const exited = new AbortController();
  qemu.once('exit', () => exited.abort());
  monitor = await Monitor.connect(path, { retry: true, signal: exited.signal });
});

afterEach(async () => {
  monitor.close();
  if (qemu.exitCode === null && qemu.signalCode === null) {
    qemu.kill('SIGKILL');
    await once(qemu, 'exit');
  }
  await rm(directory, { recursive: true, force: true });
});

async function filesOpenInQemu(): Promise<string[]> {
  const folder = `/proc/${qemu.pid}/fd`;
  return Promise.all((await readdir(folder)).map((name) => readlink(join(folder, name)).catch(() => '')));
}

test('QEMU greets with its version and answers typed commands', async () => {
  expect(monitor.greeting.version.qemu.major).toBeGreaterThanOrEqual(7);
  await expect(monitor.execute('query-status')).resolves.toMatchObject({ running: false, status: 'prelaunch' });
  await expect(monitor.execute('query-target')).resolves.toEqual({ arch: 'x86_64' });
});

test('the largest answer QEMU has fits the default limit', async () => {
  const schema = await monitor.execute('query-qmp-schema');
  expect(schema.length).toBeGreaterThan(500);
});

test.each<[string, string, object, string]>([
  ['an unknown command', 'no-such-command', {}, 'CommandNotFound'],
  ['an absent device', 'device_del', { id: 'nobody' }, 'DeviceNotFound'],
  ['a wrong argument', 'set_link', { name: 'net0' }, 'GenericError'],
])('QEMU refuses %s', async (_, command, given, errorClass) => {
  const refusal = await monitor.call(command, given).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(QmpError);
  expect(refusal).toMatchObject({ class: errorClass, command });
});

test('a descriptor arrives in QEMU with its command, and goes with closefd', async () => {
  const name = join(directory, 'passed');
  await writeFile(name, '');
  const file = await open(name);
  await monitor.executeWithDescriptors('getfd', [file.fd], { fdname: 'passed' });
  await file.close();
  expect(await filesOpenInQemu()).toContain(name);
  await monitor.execute('closefd', { fdname: 'passed' });
  expect(await filesOpenInQemu()).not.toContain(name);
});

test('quit announces the shutdown and closes the monitor', async () => {
  const told = new Promise((resolve) => monitor.on('SHUTDOWN', (event) => resolve(event.data)));
  await monitor.execute('quit').catch((error: unknown) => expect(error).toBeInstanceOf(MonitorClosed));
  await expect(told).resolves.toEqual({ guest: false, reason: 'host-qmp-quit' });
  await expect(monitor.closed).resolves.toBeInstanceOf(MonitorClosed);
});

test('SIGKILL rejects what is under way', async () => {
  qemu.kill('SIGSTOP');
  const under = monitor.execute('query-status');
  qemu.kill('SIGKILL');
  await expect(under).rejects.toBeInstanceOf(MonitorClosed);
});

test('a stopped QEMU times the command out, and answers the next once it goes on', async () => {
  qemu.kill('SIGSTOP');
  await expect(monitor.execute('query-status', {}, { timeoutMs: 50 })).rejects.toBeInstanceOf(CommandTimeout);
  qemu.kill('SIGCONT');
  await expect(monitor.execute('query-target')).resolves.toEqual({ arch: 'x86_64' });
});

test('a held monitor greets a second client only when the first has gone', async () => {
  await expect(Monitor.connect(path, { timeoutMs: 50 })).rejects.toBeInstanceOf(CommandTimeout);
  monitor.close();
  monitor = await Monitor.connect(path, { timeoutMs: 5000 });
  await expect(monitor.execute('query-target')).resolves.toEqual({ arch: 'x86_64' });
});
