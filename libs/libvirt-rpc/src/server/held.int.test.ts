import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { RpcClient } from '../client/client.js';
import { eventProcedures, remoteProcedures as remote } from '../tables/index.js';
import { frameOf, rawFrameOf } from '../wire/frame.js';
import { messageType, programs, status } from '../wire/numbers.js';
import type { Client } from './connection.js';
import { routesOf } from './routes.js';
import { RpcServer, usualLimits } from './server.js';
import { asRoot } from './test-server.js';

const MIB = 1024 * 1024;
const HELD = 16 * MIB;
let directory: string;
let server: RpcServer<Client>;
let path: string;
let honest: RpcClient;
const sessions: Client[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vb-held-'));
  path = join(directory, 'sock');
  const handlers = {
    connect_open: () => ({}),
    connect_get_hostname: () => ({ hostname: 'x'.repeat(MIB) }),
    connect_get_lib_version: () => ({ lib_ver: 9n }),
    // Takes its time, so that what comes meanwhile waits.
    domain_create_xml: () => new Promise<never>(() => undefined),
  };
  server = new RpcServer<Client>(
    {
      routes: new Map([[programs.remote, routesOf<typeof remote, Client>(remote, handlers)]]),
      open: (client) => (sessions.push(client), client),
      onClose: () => undefined,
      onFault: () => undefined,
    },
    { ...usualLimits, heldBytes: HELD },
  );
  await server.listen({ path }, asRoot);
  honest = await RpcClient.connect({ path });
  await honest.open('qemu:///system');
});
afterAll(async () => {
  honest?.close();
  await server?.close();
  await rm(directory, { recursive: true, force: true });
});

const call = (procedure: number, serial: number) => ({
  program: programs.remote,
  version: 1,
  procedure,
  type: messageType.call,
  serial,
  status: status.ok,
});
const emptyCall = (procedure: number, serial: number): Buffer => rawFrameOf(call(procedure, serial));

const document = { xml_desc: 'x'.repeat(3 * MIB), flags: 0 };
const longCall = frameOf(call(remote.domain_create_xml.number, 1), remote.domain_create_xml.args, document);

/** Peers that never read, and what each sends. */
const attacks: Readonly<Record<string, (socket: Socket) => void>> = {
  'ask for large answers and read none': (socket) => {
    for (let serial = 1; serial <= 40; serial += 1) socket.write(emptyCall(remote.connect_get_hostname.number, serial));
  },
  'begin frames that they do not end': (socket) => {
    socket.write(Buffer.from([1, 0xff, 0, 0]));
    socket.write(Buffer.alloc(8 * MIB));
  },
  'send calls faster than they are answered': (socket) => {
    for (let sent = 0; sent < 7; sent += 1) socket.write(longCall);
  },
};

test.each(Object.entries(attacks))('clients that %s are let go, others are served, memory is bounded', async (_, attack) => {
  const before = process.memoryUsage.rss();
  const gone: Promise<unknown>[] = [];
  const sockets = Array.from({ length: 8 }, () => connect(path).on('error', () => undefined));
  for (const socket of sockets) {
    gone.push(new Promise((resolve) => socket.once('close', resolve)));
    socket.pause();
    attack(socket);
  }
  const slowest = await worst(() => honest.call(remote.connect_get_lib_version, {}), 1_500);
  await vi.waitFor(() => expect(server.clients).toBeLessThan(9), { timeout: 10_000 });
  // Which of them went is the server's to say; what is left holds no more than it may.
  await vi.waitFor(() => expect(server.held).toBeLessThanOrEqual(HELD), { timeout: 5_000 });
  expect(slowest).toBeLessThan(1_000);
  for (const socket of sockets) socket.destroy();
  await Promise.all(gone);
  await vi.waitFor(() => expect(server.clients).toBe(1));
  expect(process.memoryUsage.rss() - before).toBeLessThan(400 * MIB);
});

test('who is told more than it reads is let go, and the next one hears everything', async () => {
  const before = sessions.length;
  const deaf = connect(path).on('error', () => undefined);
  deaf.write(frameOf(call(remote.connect_open.number, 1), remote.connect_open.args, { name: 'qemu:///system', flags: 0 }));
  await vi.waitFor(() => expect(sessions.length).toBe(before + 1));
  deaf.pause();
  const [first] = sessions;
  const last = sessions.at(-1);
  let heard = 0;
  honest.on(eventProcedures.domain_event_callback_lifecycle, () => void (heard += 1));
  const dom = { name: 'n'.repeat(MIB), uuid: 'c7a5fdbd-edaf-9455-926a-d65c16db1809', id: 1 };
  const event = { callbackID: 1, msg: { dom, event: 2, detail: 0 } };
  for (let told = 0; told < 30; told += 1) {
    for (const client of [first, last]) client?.send(eventProcedures.domain_event_callback_lifecycle, event);
    await vi.waitFor(() => expect(heard).toBe(told + 1), { interval: 5 });
  }
  await vi.waitFor(() => expect(server.clients).toBe(1), { timeout: 5_000 });
  deaf.destroy();
});

/** Milliseconds of the slowest of the calls that are made one after the other for a while. */
async function worst(work: () => Promise<unknown>, forMs: number): Promise<number> {
  const until = performance.now() + forMs;
  let slowest = 0;
  while (performance.now() < until) {
    const from = performance.now();
    await work();
    slowest = Math.max(slowest, performance.now() - from);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return slowest;
}
