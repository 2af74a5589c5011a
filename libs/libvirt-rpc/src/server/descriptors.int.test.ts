import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { close, connectUnix, receive, receiveWithDescriptors, send, socketPair } from '@virtbus/libc';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { eventProcedures, remoteProcedures as remote } from '../tables/index.js';
import { frameOf, parseFrame } from '../wire/frame.js';
import { LENGTH_BYTES, messageType, programs, status } from '../wire/numbers.js';
import { routesOf, type Handlers } from './routes.js';
import { RpcServer } from './server.js';
import { asRoot } from './test-server.js';
import type { Client } from './connection.js';

const dom = { name: 'demo', uuid: 'c7a5fdbd-edaf-9455-926a-d65c16db1809', id: 3 };
const PEEK = 0x2;
const DONT_WAIT = 0x40;
const lifecycle = { callbackID: 1, msg: { dom, event: 2, detail: 0 } };

let directory: string;
let server: RpcServer<Client>;
let client: number;

/** Passes sockets that say their place, while an event is on its way, too. */
const handlers: Handlers<typeof remote, Client> = {
  connect_open: () => ({}),
  domain_open_graphics_fd: ({ idx }, session, answer) => {
    if (!session.takesDescriptors) throw new Error('the client is on a unix socket');
    for (let index = 0; index < idx; index += 1) {
      const [near, far] = socketPair();
      send(near, Buffer.from(`socket ${index}`));
      close(near);
      answer.passDescriptors(far);
    }
    session.send(eventProcedures.domain_event_callback_lifecycle, lifecycle);
    return {};
  },
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vb-rpc-'));
  const routes = new Map([[programs.remote, routesOf(remote, handlers)]]);
  const open = (opened: Client) => opened;
  server = new RpcServer<Client>({ routes, open, onClose: () => undefined, onFault: (error) => expect(error).toBeUndefined() });
  await server.listen({ path: join(directory, 'sock') }, asRoot);
  client = connectUnix(join(directory, 'sock'));
});

afterEach(async () => {
  close(client);
  await server.close();
  await rm(directory, { recursive: true });
});

function call(idx: number): void {
  const { number, args } = remote.domain_open_graphics_fd;
  const header = { program: programs.remote, procedure: number, type: messageType.call, serial: 7, status: status.ok };
  send(client, frameOf(header, args, { dom, idx, flags: 0 }));
}

/** The next frame, once it has come. The client reads no further than its end: what follows may bring a descriptor. */
async function frame() {
  const length = await vi.waitFor(() => {
    const head = Buffer.alloc(LENGTH_BYTES);
    expect(receive(client, head, PEEK | DONT_WAIT)).toBe(LENGTH_BYTES);
    return head.readUInt32BE(0);
  });
  const whole = Buffer.alloc(length);
  expect(receive(client, whole)).toBe(length);
  return parseFrame(whole.subarray(LENGTH_BYTES));
}

const openDescriptors = (): number => readdirSync('/proc/self/fd').length;

test('descriptors follow their reply one by one, and the server keeps none', async () => {
  const before = openDescriptors();
  call(3);
  expect(await frame()).toMatchObject({ type: messageType.event });
  expect(await frame()).toMatchObject({ type: messageType.replyWithFds, serial: 7, status: status.ok, payload: Buffer.of(0, 0, 0, 3) });
  for (let index = 0; index < 3; index += 1) {
    const { bytes, descriptors } = receiveWithDescriptors(client, 1);
    expect([bytes, descriptors.length]).toEqual([Buffer.of(0), 1]);
    const said = Buffer.alloc(64);
    expect(said.toString('utf8', 0, receive(descriptors[0] ?? -1, said))).toBe(`socket ${index}`);
    close(descriptors[0] ?? -1);
  }
  // The server's end of the connection came after the count.
  expect(openDescriptors() - before).toBeLessThanOrEqual(1);
});

test('a reply without descriptors is an ordinary one', async () => {
  call(0);
  expect(await frame()).toMatchObject({ type: messageType.event });
  expect(await frame()).toMatchObject({ type: messageType.reply, payload: Buffer.alloc(0) });
});
