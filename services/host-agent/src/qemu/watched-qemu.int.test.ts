import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnProcess, type SpawnedProcess } from '@virtbus/libc';
import { Monitor } from '@virtbus/qmp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readStat } from './proc.js';
import { WatchedQemu } from './watched-qemu.js';

const GREETING = '{"QMP": {"version": {"qemu": {"micro": 0, "minor": 2, "major": 7}, "package": ""}, "capabilities": []}}\r\n';
const SHUTDOWN = '{"event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-shutdown"}}\r\n';

let root: string;
let server: Server;
let line: Socket;
let child: SpawnedProcess;
let monitor: Monitor;
let watched: WatchedQemu;

/** A process and a monitor that know nothing of each other, so that a test decides which of them ends first. */
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'watch-'));
  server = createServer((socket) => {
    line = socket;
    socket.write(GREETING);
    socket.once('data', () => socket.write('{"return": {}, "id": 1}\r\n'));
  });
  server.listen(join(root, 'monitor.sock'));
  await once(server, 'listening');
  monitor = await Monitor.connect(join(root, 'monitor.sock'));
  child = spawnProcess({ binary: '/bin/sleep', argv: ['600'], environment: {}, directory: '/', descriptors: [] });
  const identity = { pid: child.pid, startTime: readStat(child.pid)!.startTime, uuid: 'u' };
  watched = new WatchedQemu({ identity, logFile: join(root, 'log'), monitor, child });
});

afterEach(async () => {
  await watched.destroy({ termMs: 0 });
  watched.release();
  line.destroy();
  server.close();
  await rm(root, { recursive: true, force: true });
});

test('the last words of a monitor that come after the exit still count', async () => {
  process.kill(child.pid, 'SIGTERM');
  await child.ended;
  await sleep(50);
  line.end(SHUTDOWN);
  expect(await watched.ended).toMatchObject({ shutdown: { guest: true, reason: 'guest-shutdown' }, signal: 'SIGTERM' });
});

test('a monitor that stays open does not hold the end up for long', async () => {
  process.kill(child.pid, 'SIGKILL');
  expect(await watched.ended).toEqual({ destroyed: false, signal: 'SIGKILL', lastWords: '' });
});

test('a monitor that closes while the process lives on is not taken for its end', async () => {
  line.destroy();
  await monitor.closed;
  await expect(Promise.race([watched.ended, sleep(100, 'silence')])).resolves.toBe('silence');
});

test('destroy reports a process that cannot be ended in time, and its end when it comes', async () => {
  const outcome = await watched.destroy({ termMs: 0, killMs: 0 });
  expect(outcome).toEqual({ type: 'stuck', state: expect.any(String) });
  await expect(watched.ended).resolves.toMatchObject({ destroyed: true, signal: 'SIGKILL' });
});
