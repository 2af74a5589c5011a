import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { identify } from './identity.js';
import { launch } from './launch.js';
import { readStat } from './proc.js';
import { MONITOR_SOCKET, PID_FILE, type Adoption, type AdoptRequest, type LaunchRequest, type RunningQemu } from './qemu.js';
import { localQemus } from './qemus.js';

const QEMU = process.env['VIRTBUS_QEMU'] ?? '/usr/bin/qemu-system-x86_64';
const UUID = randomUUID();

let root: string;
let asked: LaunchRequest;
const cleanUps: (() => unknown)[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'adopt-'));
  const machine = ['-machine', 'pc', '-accel', 'tcg', '-m', '16', '-nodefaults', '-no-user-config', '-display', 'none', '-S'];
  asked = {
    binary: QEMU,
    argv: [...machine, '-uuid', UUID],
    name: 'a',
    uuid: UUID,
    directory: join(root, 'a'),
    extraDescriptors: [],
    logFile: join(root, 'a.log'),
  };
});

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  await rm(root, { recursive: true, force: true });
});

/** A QEMU whose agent has gone: nobody is connected to its monitor. */
async function orphan(): Promise<RunningQemu> {
  const qemu = await launch(asked);
  cleanUps.push(() => {
    if (readStat(qemu.pid)?.startTime === qemu.startTime) process.kill(qemu.pid, 'SIGKILL');
  });
  qemu.release();
  return qemu;
}

async function adopted(over: Partial<AdoptRequest> = {}): Promise<Adoption> {
  const answer = await localQemus.adopt({ directory: asked.directory, uuid: UUID, logFile: asked.logFile, timeoutMs: 10_000, ...over });
  if (answer.type === 'adopted') cleanUps.push(() => answer.qemu.release());
  if (answer.type === 'unresponsive') cleanUps.push(() => answer.process.release());
  return answer;
}

async function adoptedQemu(over: Partial<AdoptRequest> = {}): Promise<RunningQemu> {
  const answer = await adopted(over);
  if (answer.type !== 'adopted') return expect.unreachable(JSON.stringify(answer));
  return answer.qemu;
}

/** Somebody else's process, which must live through everything. */
function stranger(argv: string[] = []): ChildProcess {
  const child = spawn('/bin/sh', ['-c', 'while :; do sleep 1; done', ...argv], { stdio: 'ignore', detached: true });
  cleanUps.push(async () => {
    process.kill(-child.pid!, 'SIGKILL');
    await once(child, 'exit');
  });
  return child;
}

test('a QEMU whose agent died before it had connected waits for the next one', async () => {
  await mkdir(asked.directory);
  const [socket, pidFile] = [MONITOR_SOCKET, PID_FILE].map((name) => join(asked.directory, name));
  const monitor = ['-chardev', `socket,id=charmonitor,path=${socket},server=on,wait=on`, '-mon', 'chardev=charmonitor,mode=control'];
  const child = spawn(QEMU, [...asked.argv, '-pidfile', pidFile!, ...monitor], { stdio: 'ignore', detached: true });
  cleanUps.push(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  await vi.waitFor(() => access(socket!), 10_000);
  expect((await adoptedQemu()).pid).toBe(child.pid);
});

test.each<[string, (qemu: RunningQemu) => Partial<AdoptRequest>]>([
  ["the journal's pid and start time", (qemu) => ({ pid: qemu.pid, startTime: qemu.startTime })],
  ["the journal's pid alone", (qemu) => ({ pid: qemu.pid })],
  ['the pid file', () => ({})],
])('a QEMU is adopted by %s, with the same pid and its status', async (_, known) => {
  const orphaned = await orphan();
  const answer = await adopted(known(orphaned));
  expect(answer).toMatchObject({
    type: 'adopted',
    status: 'prelaunch',
    qemu: { pid: orphaned.pid, startTime: orphaned.startTime, uuid: UUID },
  });
});

test('a QEMU whose pid file is lost is found by its command line', async () => {
  const orphaned = await orphan();
  await rm(join(asked.directory, 'qemu.pid'));
  expect((await adoptedQemu()).pid).toBe(orphaned.pid);
});

test('a journal that is behind does not hide the QEMU that the pid file names', async () => {
  const orphaned = await orphan();
  expect((await adoptedQemu({ pid: stranger().pid! })).pid).toBe(orphaned.pid);
});

test('the adopted QEMU goes on where it was, and takes commands', async () => {
  await orphan();
  const first = await adoptedQemu();
  await first.monitor.execute('cont');
  first.release();
  const answer = await adopted();
  expect(answer).toMatchObject({ type: 'adopted', status: 'running' });
});

test.each<[string, (qemu: RunningQemu) => void, object, boolean]>([
  ['SIGKILL', (qemu) => process.kill(qemu.pid, 'SIGKILL'), { destroyed: false }, false],
  ['SIGTERM', (qemu) => qemu.terminate(), { destroyed: false, shutdown: { guest: false, reason: 'host-signal' } }, true],
  ['destroy', (qemu) => void qemu.destroy(), { destroyed: true, shutdown: { guest: false, reason: 'host-signal' } }, true],
])('the end of an adopted QEMU by %s is noticed and told apart', async (_, finish, expected, hasCause) => {
  await orphan();
  const qemu = await adoptedQemu();
  finish(qemu);
  const end = await qemu.ended;
  expect(end).toMatchObject(expected);
  expect('shutdown' in end).toBe(hasCause);
});

test('a released QEMU is watched no more', async () => {
  await orphan();
  const qemu = await adoptedQemu();
  qemu.release();
  process.kill(qemu.pid, 'SIGKILL');
  await expect(Promise.race([qemu.ended, new Promise((resolve) => setTimeout(resolve, 100, 'silence'))])).resolves.toBe('silence');
});

test.each<[string, () => Partial<AdoptRequest>, string]>([
  ['nothing is known', () => ({}), 'no_pid'],
  ['the pid is free', () => ({ pid: 2 ** 22 + 1 }), 'no_process'],
  ["the pid is a stranger's", () => ({ pid: stranger().pid! }), 'other_process'],
  ["the pid is a stranger's who mentions the uuid", () => ({ pid: stranger(['-uuid', UUID]).pid! }), 'other_process'],
])('a domain is gone when %s, and nobody is touched', async (_, known, reason) => {
  const request = known();
  expect(await adopted(request)).toMatchObject({ type: 'gone', reason });
  if (reason === 'other_process') expect(readStat(request.pid!)?.state).not.toBe('Z');
});

test('a pid that was used again is told by its start time alone', () => {
  const pid = stranger(['-uuid', UUID, '-pidfile', join(asked.directory, 'qemu.pid')]).pid!;
  const { startTime } = readStat(pid)!;
  expect(identify(pid, asked, startTime)).toMatchObject({ type: 'ours', identity: { pid, startTime } });
  expect(identify(pid, asked, startTime - 1)).toEqual({ type: 'gone', reason: 'other_process' });
});

test('a pid file that names a stranger is not believed', async () => {
  const other = stranger();
  await mkdir(asked.directory);
  await writeFile(join(asked.directory, 'qemu.pid'), `${other.pid}\n`);
  expect(await adopted()).toMatchObject({ type: 'gone', reason: 'other_process' });
  expect(readStat(other.pid!)?.state).not.toBe('Z');
});

test.each<[string, string]>([
  ['is empty', ''],
  ['holds words', 'garbage'],
  ['holds a process group', '-1\n'],
  ['holds zero', '0\n'],
])('a pid file that %s counts as none', async (_, text) => {
  await mkdir(asked.directory);
  await writeFile(join(asked.directory, 'qemu.pid'), text);
  expect(await adopted()).toMatchObject({ type: 'gone', reason: 'no_pid' });
});

test('a guest that ended while nobody watched leaves its last words', async () => {
  const orphaned = await orphan();
  process.kill(orphaned.pid, 'SIGTERM');
  await expect.poll(() => readStat(orphaned.pid)?.startTime === orphaned.startTime, { timeout: 5000 }).toBe(false);
  expect(await adopted({ pid: orphaned.pid, startTime: orphaned.startTime })).toMatchObject({
    type: 'gone',
    reason: 'no_process',
    lastWords: expect.stringContaining('terminating on signal 15'),
  });
});

test('a zombie counts as gone', async () => {
  // Its parent never reaps it, as under a PID 1 that does not: by its end the shell that could has become a sleep.
  const argv = `-uuid ${UUID} -pidfile ${join(asked.directory, 'qemu.pid')}`;
  const parent = spawn('/bin/sh', ['-c', `sh -c 'sleep 0.2' ${argv} & echo $!; exec sleep 600`], { stdio: ['ignore', 'pipe', 'ignore'] });
  cleanUps.push(() => parent.kill('SIGKILL'));
  const [text] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(text.toString());
  await expect.poll(() => readStat(pid)?.state).toBe('Z');
  expect(await adopted({ pid, startTime: readStat(pid)!.startTime })).toMatchObject({ type: 'gone', reason: 'zombie' });
});

test('a stopped QEMU is unresponsive, at once, and lives', async () => {
  const orphaned = await orphan();
  process.kill(orphaned.pid, 'SIGSTOP');
  await expect.poll(() => readStat(orphaned.pid)?.state).toBe('T');
  const answer = await adopted({ timeoutMs: 600_000 });
  expect(answer).toMatchObject({ type: 'unresponsive', reason: 'stopped', process: { pid: orphaned.pid } });
  process.kill(orphaned.pid, 'SIGCONT');
  expect((await adoptedQemu()).pid).toBe(orphaned.pid);
});

test('a monitor that somebody holds is unresponsive, and free again afterwards', async () => {
  await orphan();
  const holder = await adoptedQemu();
  expect(await adopted({ timeoutMs: 100 })).toMatchObject({ type: 'unresponsive', reason: 'no_greeting' });
  await expect(holder.monitor.execute('query-status')).resolves.toMatchObject({ status: 'prelaunch' });
  holder.release();
  expect((await adopted()).type).toBe('adopted');
});

test('a monitor whose socket was removed is unresponsive, and its process can still be destroyed', async () => {
  const orphaned = await orphan();
  await rm(join(asked.directory, 'monitor.sock'));
  const answer = await adopted();
  expect(answer).toMatchObject({ type: 'unresponsive', reason: 'no_socket' });
  if (answer.type !== 'unresponsive') return;
  // Without a monitor the process is looked at once a second, but not while it is being destroyed.
  await expect(answer.process.destroy({ termMs: 400, killMs: 0 })).resolves.toMatchObject({ type: 'ended', end: { destroyed: true } });
  expect(['Z', undefined]).toContain(readStat(orphaned.pid)?.state);
});

test.each<[string, string, string]>([
  ['greets and falls silent', 'negotiates', 'no_answer'],
  ['greets and never enters command mode', 'greets', 'no_greeting'],
  ['hangs up', 'hangs up', 'no_greeting'],
])('a monitor that %s is unresponsive', async (_, manner, reason) => {
  await orphan();
  await rm(join(asked.directory, 'monitor.sock'));
  await impostor(manner);
  expect(await adopted({ timeoutMs: 500 })).toMatchObject({ type: 'unresponsive', reason });
});

test('a QEMU that ends while it is spoken to is gone', async () => {
  const { pid } = await orphan();
  await rm(join(asked.directory, 'monitor.sock'));
  const server = createServer((socket) => {
    process.kill(pid, 'SIGKILL');
    void expect
      .poll(() => readStat(pid)?.state ?? 'Z')
      .toBe('Z')
      .then(() => socket.destroy());
  });
  cleanUps.push(() => server.close());
  server.listen(join(asked.directory, 'monitor.sock'));
  await once(server, 'listening');
  expect(await adopted()).toMatchObject({ type: 'gone', reason: 'no_process' });
});

/** Something in QEMU's place on its socket. */
async function impostor(manner: string): Promise<void> {
  const greeting = '{"QMP": {"version": {"qemu": {"micro": 0, "minor": 2, "major": 7}, "package": ""}, "capabilities": []}}\r\n';
  const server: Server = createServer((socket) => {
    cleanUps.push(() => socket.destroy());
    socket.on('error', () => undefined);
    if (manner === 'hangs up') socket.destroy();
    else socket.write(greeting);
    if (manner === 'negotiates')
      socket.once('data', (line) => socket.write(`{"return": {}, "id": ${/"id":(\d+)/.exec(String(line))?.[1]}}\r\n`));
  });
  cleanUps.push(() => server.close());
  server.listen(join(asked.directory, 'monitor.sock'));
  await once(server, 'listening');
}

test('a QEMU is known to run by its command line alone, and to whom it belongs', async () => {
  await orphan();
  await rm(asked.directory, { recursive: true });
  stranger(['-uuid', UUID, '-pidfile', '/elsewhere/qemu.pid']);
  expect(await localQemus.uuidsOfAll((uuid) => (uuid === UUID ? asked.directory : join(root, uuid)))).toEqual([UUID]);
  expect(await localQemus.uuidsOfAll((uuid) => join(root, 'other', uuid))).toEqual([]);
});
