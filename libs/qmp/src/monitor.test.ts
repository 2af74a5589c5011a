import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CommandTimeout, ConnectFailed, MonitorClosed, ProtocolError, QmpError } from './errors.js';
import { Monitor, type ConnectOptions } from './monitor.js';

const GREETING = '{"QMP": {"version": {"qemu": {"micro": 0, "minor": 2, "major": 7}, "package": ""}, "capabilities": ["oob"]}}\r\n';

interface Asked {
  readonly execute: string;
  readonly arguments?: unknown;
  readonly id: number;
}
type Script = (asked: Asked, socket: Socket) => void;

const answer = (socket: Socket, id: number, value: unknown = {}) => socket.write(`${JSON.stringify({ return: value, id })}\r\n`);

let directory: string;
let path: string;
const servers: Server[] = [];
const sockets: Socket[] = [];
const monitors: Monitor[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'qmp-'));
  path = join(directory, 'monitor.sock');
});

afterEach(async () => {
  for (const monitor of monitors.splice(0)) monitor.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
  await rm(directory, { recursive: true, force: true });
});

/** A peer that greets, enters command mode and then does what the script says of each command. */
function peer(script: Script, greeting = GREETING): Promise<void> {
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.write(greeting);
    let held = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (held + text).split('\n');
      held = lines.pop() ?? '';
      for (const line of lines) {
        const asked = JSON.parse(line) as Asked;
        if (asked.execute === 'qmp_capabilities') answer(socket, asked.id);
        else script(asked, socket);
      }
    });
  });
  servers.push(server);
  return new Promise((resolve) => server.listen(path, resolve));
}

async function connected(script: Script, options?: ConnectOptions): Promise<Monitor> {
  await peer(script);
  const monitor = await Monitor.connect(path, options);
  monitors.push(monitor);
  return monitor;
}

test("nobody at the path is said at once, with the system's code", async () => {
  const refusal = await Monitor.connect(path).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(ConnectFailed);
  expect((refusal as ConnectFailed).cause).toMatchObject({ code: 'ENOENT' });
});

test('retrying ends at the deadline, and keeps the last cause', async () => {
  const refusal = await Monitor.connect(path, { retry: true, timeoutMs: 30 }).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(ConnectFailed);
  expect((refusal as ConnectFailed).cause).toMatchObject({ code: 'ENOENT' });
});

test('retrying ends when the caller says so', async () => {
  const controller = new AbortController();
  const attempt = Monitor.connect(path, { retry: true, signal: controller.signal });
  controller.abort();
  await expect(attempt).rejects.toBeInstanceOf(ConnectFailed);
});

test('retrying finds a peer that comes late', async () => {
  const attempt = Monitor.connect(path, { retry: true, timeoutMs: 5000 });
  await sleep(20);
  await peer(() => undefined);
  const monitor = await attempt;
  monitors.push(monitor);
  expect(monitor.greeting.version.qemu.major).toBe(7);
});

test.each<[string, string, new (...given: never[]) => Error]>([
  ['never greets', '', CommandTimeout],
  ['greets with something else', 'HTTP/1.1 400 Bad Request\r\n', MonitorClosed],
  ['cuts its greeting', GREETING.slice(0, 30), CommandTimeout],
])('a peer that %s is given up', async (_, greeting, kind) => {
  await peer(() => undefined, greeting);
  await expect(Monitor.connect(path, { timeoutMs: 60 })).rejects.toBeInstanceOf(kind);
});

test('a peer that hangs up before greeting is reported as closed', async () => {
  const server = createServer((socket) => socket.destroy());
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  await expect(Monitor.connect(path)).rejects.toBeInstanceOf(MonitorClosed);
});

test('an aborted attempt on a silent peer is ended at once', async () => {
  await peer(() => undefined, '');
  const controller = new AbortController();
  const attempt = Monitor.connect(path, { signal: controller.signal });
  await sleep(10);
  controller.abort();
  await expect(attempt).rejects.toBeInstanceOf(MonitorClosed);
});

test('answers find their commands in any order', async () => {
  const held: Asked[] = [];
  const monitor = await connected((asked, socket) => {
    held.push(asked);
    if (held.length === 3) for (const each of held.toReversed()) answer(socket, each.id, each.execute);
  });
  await expect(Promise.all(['a', 'b', 'c'].map((name) => monitor.call(name)))).resolves.toEqual(['a', 'b', 'c']);
});

test('arguments travel as given', async () => {
  const monitor = await connected((asked, socket) => answer(socket, asked.id, asked.arguments));
  await expect(monitor.execute('set_link', { name: 'net0', up: false })).resolves.toEqual({ name: 'net0', up: false });
});

test('a refusal carries class, description and command', async () => {
  const monitor = await connected((asked, socket) => {
    socket.write(`{"error": {"class": "DeviceNotFound", "desc": "Device 'x' not found"}, "id": ${asked.id}}\r\n`);
  });
  const refusal = await monitor.execute('device_del', { id: 'x' }).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(QmpError);
  expect(refusal).toMatchObject({ class: 'DeviceNotFound', desc: "Device 'x' not found", command: 'device_del' });
});

test('an answer in fragments and several messages of one chunk are read alike', async () => {
  const monitor = await connected((asked, socket) => {
    const whole = `{"event": "STOP", "data": {}}\r\n{"return": {"status": "paused", "running": false}, "id": ${asked.id}}\r\n{"event": "RESUME"}\r\n`;
    socket.write(whole.slice(0, 40));
    setTimeout(() => socket.write(whole.slice(40)), 5);
  });
  const heard: string[] = [];
  const resumed = new Promise<void>((resolve) => monitor.on('RESUME', () => resolve()));
  monitor.onEvent((event) => heard.push(event.event));
  await expect(monitor.execute('query-status')).resolves.toMatchObject({ status: 'paused' });
  await resumed;
  expect(heard).toEqual(['STOP', 'RESUME']);
});

test('an event that came before the answer is heard before the command goes on', async () => {
  const monitor = await connected((asked, socket) => socket.write(`{"event": "RESUME"}\r\n{"return": {}, "id": ${asked.id}}\r\n`));
  const order: string[] = [];
  monitor.on('RESUME', () => order.push('event'));
  await monitor.execute('cont').then(() => order.push('answer'));
  expect(order).toEqual(['event', 'answer']);
});

test('a listener that was taken away hears nothing more', async () => {
  const monitor = await connected((asked, socket) => socket.write(`{"event": "STOP"}\r\n{"return": {}, "id": ${asked.id}}\r\n`));
  const heard: string[] = [];
  const remove = monitor.onEvent((event) => heard.push(event.event));
  await monitor.execute('stop');
  remove();
  await monitor.execute('stop');
  expect(heard).toEqual(['STOP']);
});

test('a command without an answer times out, and its late answer disturbs nobody', async () => {
  const held: number[] = [];
  const monitor = await connected((asked, socket) => {
    held.push(asked.id);
    if (held.length === 2) for (const id of held) answer(socket, id, `answer ${id}`);
  });
  const late = await monitor.execute('stop', {}, { timeoutMs: 20 }).catch((error: unknown) => error);
  expect(late).toBeInstanceOf(CommandTimeout);
  expect(late).toMatchObject({ command: 'stop', timeoutMs: 20 });
  const next = await monitor.call('next');
  expect(next).toBe(`answer ${held[1]}`);
});

test('a peer that goes away midway rejects everything under way, and what comes after', async () => {
  const monitor = await connected((asked, socket) => void (asked.execute === 'quit' && socket.destroy()));
  const under = [monitor.execute('stop'), monitor.execute('quit')];
  for (const outcome of await Promise.allSettled(under))
    expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(MonitorClosed) });
  await expect(monitor.closed).resolves.toBeInstanceOf(MonitorClosed);
  await expect(monitor.execute('cont')).rejects.toBeInstanceOf(MonitorClosed);
});

test('closing rejects what is under way', async () => {
  const monitor = await connected(() => undefined);
  const under = monitor.execute('stop');
  monitor.close();
  await expect(under).rejects.toBeInstanceOf(MonitorClosed);
});

test('an endless line closes the monitor', async () => {
  const monitor = await connected((_, socket) => socket.write('x'.repeat(3000)), { maxLineBytes: 2048 });
  await expect(monitor.call('query-rx-filter')).rejects.toMatchObject({ name: 'MonitorClosed', cause: expect.any(ProtocolError) });
});

test.each<[string, string]>([
  ['garbage', 'garbage\r\n'],
  ['an answer that belongs to no command', '{"error": {"class": "GenericError", "desc": "JSON parse error"}}\r\n'],
])('%s closes the monitor', async (_, line) => {
  const monitor = await connected((_asked, socket) => socket.write(line));
  await expect(monitor.call('x')).rejects.toMatchObject({ name: 'MonitorClosed', cause: expect.any(ProtocolError) });
});

test('a descriptor that is not open fails its own command only', async () => {
  const monitor = await connected((asked, socket) => answer(socket, asked.id));
  await expect(monitor.executeWithDescriptors('getfd', [1_000_000], { fdname: 'x' })).rejects.toMatchObject({ code: 'EBADF' });
  await expect(monitor.execute('cont')).resolves.toEqual({});
});

test('commands with and without descriptors keep their order', async () => {
  const seen: string[] = [];
  const monitor = await connected((asked, socket) => {
    seen.push(asked.execute);
    answer(socket, asked.id);
  });
  const big = { value: 'x'.repeat(500_000) };
  await Promise.all([monitor.call('first', big), monitor.executeWithDescriptors('getfd', [0], { fdname: 'a' }), monitor.call('last', big)]);
  expect(seen).toEqual(['first', 'getfd', 'last']);
});

test('a command with descriptors that is longer than the socket takes at once arrives whole', async () => {
  const monitor = await connected((asked, socket) => answer(socket, asked.id, JSON.stringify(asked.arguments).length));
  const fdname = 'x'.repeat(1_000_000);
  await expect(monitor.executeWithDescriptors('getfd', [0], { fdname })).resolves.toBe(JSON.stringify({ fdname }).length);
});
