/** Peers on real sockets that mean no good and have all the time in the world: each is let go, and nobody else notices. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import * as contracts from '@virtbus/contracts';
import { eventually } from '@virtbus/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { domainXml, RestFleet } from './rest-fleet.js';

let fleet: RestFleet;
let token = '';
let uuid = '';
let early = '';
const MiB = 2 ** 20;
const residentMiB = (): number => process.memoryUsage().rss / MiB;

const ticket = async (): Promise<string> => String((await fleet.call('POST /v1/domains/talks/console', { body: {} })).json['path']);

interface Peer {
  readonly socket: Socket;
  readonly heard: () => string;
  readonly closed: Promise<void>;
}

/** Somebody who says this and then whatever the test has it say; it hangs up for nobody. */
function peer(text: string): Promise<Peer> {
  const { hostname, port } = new URL(fleet.url);
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true }, () => {
      socket.write(text);
      resolve({ socket, heard: () => heard, closed });
    });
    const closed = new Promise<void>((end) => {
      socket.once('end', end);
      socket.once('close', () => end());
    });
    socket.once('error', reject);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => (heard += bytes.toString('latin1')));
  });
}

const head = (line: string, ...lines: string[]): string => [line, 'host: x', ...lines, '', ''].join('\r\n');
const upgrade = (path: string): string =>
  head(
    `GET ${path} HTTP/1.1`,
    'connection: upgrade',
    'upgrade: websocket',
    `sec-websocket-key: ${randomBytes(16).toString('base64')}`,
    'sec-websocket-version: 13',
    'sec-websocket-protocol: binary',
  );
const authorized = (line: string, ...lines: string[]): string => head(line, `authorization: Bearer ${token}`, ...lines);

/** At a guest's console, by a ticket that has just been given. */
async function atConsole(): Promise<Peer> {
  const one = await peer(upgrade(await ticket()));
  await eventually(() => one.heard().includes('101 Switching'));
  return one;
}

/** A frame of RFC 6455, as wrong as is wished for. */
function frame(first: number, payload: Buffer, { masked = true, says = payload.length }: { masked?: boolean; says?: number } = {}): Buffer {
  const mask = masked ? 0x80 : 0;
  const length = Buffer.alloc(says < 126 ? 1 : 9);
  if (says < 126) length[0] = mask | says;
  else {
    length[0] = mask | 127;
    length.writeBigUInt64BE(BigInt(says), 1);
  }
  return Buffer.concat([Buffer.from([first]), length, masked ? Buffer.alloc(4) : Buffer.alloc(0), payload]);
}
const [TEXT, BINARY, CLOSE, PING, FIN] = [1, 2, 8, 9, 0x80] as const;

/** While this goes on, others are answered as ever. */
async function othersAreServed(): Promise<void> {
  for (let at = 0; at < 10; at += 1) expect((await fleet.call('GET /v1/domains/talks')).status).toBe(200);
}

const begun: {
  readonly quiet: Peer[];
  readonly idle: Peer[];
  readonly silent: Peer[];
  readonly halves: Peer[];
  readonly dribbling: Peer[];
} = {
  ...{ quiet: [], idle: [], silent: [], halves: [], dribbling: [] },
};

beforeAll(async () => {
  fleet = await RestFleet.start();
  token = await fleet.token({ role: 'operator' });
  const { json } = await fleet.call('POST /v1/domains', { body: domainXml('talks') });
  uuid = String(json['uuid']);
  await fleet.run(uuid, 'talks');
  await eventually(async () => (await fleet.call('GET /v1/domains/talks')).json['state'] === 'running');
  early = await ticket();
  begun.quiet.push(await atConsole());
  // What only time ends begins now, and is looked at last.
  const many = (count: number, text: string) => Promise.all(Array.from({ length: count }, () => peer(text)));
  begun.idle.push(...(await many(300, authorized('GET /v1/whoami HTTP/1.1'))));
  begun.silent.push(...(await many(300, '')));
  const xml = ['content-type: application/xml', 'content-length: 1000'];
  begun.halves.push(...(await many(100, `${authorized('POST /v1/domains HTTP/1.1', ...xml)}<domain>`)));
  const chunked = ['content-type: application/xml', 'transfer-encoding: chunked'];
  begun.dribbling.push(...(await many(100, `${authorized('POST /v1/domains HTTP/1.1', ...chunked)}1\r\n<\r\n`)));
  for (const { socket } of begun.dribbling) {
    const more = setInterval(() => socket.writable && socket.write('1\r\n \r\n'), 500);
    socket.once('end', () => clearInterval(more)).once('close', () => clearInterval(more));
  }
}, 60_000);
afterAll(async () => {
  for (const { socket } of Object.values(begun).flat()) socket.destroy();
  await fleet?.stop();
});

test('five hundred that have come and say nothing more keep nobody out', othersAreServed);

describe('a WebSocket', () => {
  test('with a ticket that was used, or that nobody gave, is refused, and the connection ended though its peer does not end it', async () => {
    const path = await ticket();
    const first = await peer(upgrade(path));
    await eventually(() => first.heard().includes('101 Switching'));
    for (const bad of [path, '/v1/console?ticket=x', '/v1/console', '/v1/graphics?ticket=', '/v1/hosts']) {
      const one = await peer(upgrade(bad));
      await one.closed;
      expect(one.heard()).toMatch(/^HTTP\/1\.1 40[14] [^]*"code":"(?:unauthenticated|no_resource)"/);
      // Whoever hangs up for nobody is hung up on: the far end is gone, and not only silent.
      await eventually(() => !one.socket.write('x') || one.socket.destroyed, 8_000);
    }
    first.socket.destroy();
  }, 60_000);

  test.each<[string, () => Buffer]>([
    ['frames without a mask', () => frame(FIN | TEXT, Buffer.from('x'), { masked: false })],
    ['a frame of a tebibyte', () => frame(FIN | BINARY, Buffer.from('x'), { says: 2 ** 40 })],
    ['a frame that is a little too large', () => frame(FIN | BINARY, Buffer.alloc(256 * 1024 + 1))],
    ['fragments for ever', () => Buffer.concat([frame(BINARY, Buffer.from('x')), ...Array(20_000).fill(frame(0, Buffer.from('x')))])],
    ['empty fragments for ever', () => Buffer.concat([frame(BINARY, Buffer.alloc(0)), ...Array(20_000).fill(frame(0, Buffer.alloc(0)))])],
    ['a fragment of nothing', () => frame(FIN, Buffer.from('x'))],
    ['a second message within the first', () => Buffer.concat([frame(BINARY, Buffer.from('x')), frame(FIN | TEXT, Buffer.from('y'))])],
    ['reserved bits', () => frame(FIN | 0x70 | BINARY, Buffer.from('x'))],
    ['an operation that there is not', () => frame(FIN | 5, Buffer.from('x'))],
    ['a ping in fragments', () => frame(PING, Buffer.from('x'))],
    ['a ping that is too long', () => frame(FIN | PING, Buffer.alloc(126), { says: 126 })],
    ['a reason to close that there is not', () => frame(FIN | CLOSE, Buffer.from([0, 1]))],
    ['text that is none', () => frame(FIN | TEXT, Buffer.from([0xff, 0xfe]))],
  ])('that sends %s is closed', async (_, bytes) => {
    const one = await atConsole();
    one.socket.write(bytes());
    await Promise.all([one.closed, othersAreServed()]);
    one.socket.destroy();
  });

  test('that pings and never reads is let go, and its answers do not pile up', async () => {
    const before = residentMiB();
    const one = await atConsole();
    one.socket.pause();
    const pings = Buffer.concat(Array.from({ length: 8_000 }, () => frame(FIN | PING, Buffer.alloc(125))));
    const gone = new AbortController();
    one.socket.once('error', () => gone.abort()).once('close', () => gone.abort());
    let sent = 0;
    while (!gone.signal.aborted && sent < 256 * MiB) {
      sent += pings.length;
      await new Promise<void>((resolve) => one.socket.write(pings, () => resolve()));
    }
    await othersAreServed();
    expect([gone.signal.aborted, sent < 256 * MiB]).toEqual([true, true]);
    expect(residentMiB() - before).toBeLessThan(150);
  }, 60_000);

  test('of a guest takes no more of a credential’s streams than it may, and gives them back', async () => {
    const few = await fleet.token({ role: 'operator', name: 'few' });
    const path = async () => String((await fleet.call('POST /v1/domains/talks/console', { token: few, body: {} })).json['path']);
    const open: Peer[] = [];
    for (let at = 0; at < 64; at += 1) open.push(await peer(upgrade(await path())));
    await eventually(() => open.every((one) => one.heard().includes('101 Switching')));
    const late = await peer(upgrade(await path()));
    await late.closed;
    expect(late.heard()).toContain('"code":"rate_limited"');
    for (const { socket } of open) socket.destroy();
    await eventually(async () => {
      const again = await peer(upgrade(await path()));
      await eventually(() => again.heard().includes('101 Switching'), 500);
      again.socket.destroy();
      return true;
    });
  });
});

describe('an event stream', () => {
  test('that is never read is cut, and the memory that it takes is bounded', async () => {
    const listener = await fleet.token({ role: 'operator', name: 'deaf' });
    const before = residentMiB();
    const line = head('GET /v1/events HTTP/1.1', `authorization: Bearer ${listener}`);
    const deaf = await Promise.all(Array.from({ length: 32 }, () => peer(line)));
    await eventually(() => deaf.every((one) => one.heard().includes(': ready')));
    for (const { socket } of deaf) socket.pause();
    const happening = { uuid, name: 'talks', detail: 'x'.repeat(200_000), at: new Date().toISOString() };
    const hostBus = fleet.hostBus;
    for (let at = 0; at < 100; at += 1) {
      await hostBus.publish(contracts.domainStarted, happening, { tokens: { uuid } });
      if (at % 10 === 0) expect((await fleet.call('GET /v1/domains/talks')).status).toBe(200);
    }
    expect(residentMiB() - before).toBeLessThan(400);
    // Their places are free again: sixty-four at once is all that a credential has.
    await eventually(async () => {
      const again = await Promise.all(Array.from({ length: 64 }, () => peer(line)));
      try {
        return await eventually(() => again.every((one) => one.heard().includes(': ready')), 2_000);
      } finally {
        for (const { socket } of again) socket.destroy();
      }
    }, 20_000);
    for (const { socket } of deaf) socket.destroy();
  }, 60_000);

  test.each(['x', '-1', '1.5', '0x10', '9'.repeat(16), '1 2', ' ', '١'])('does not begin after %j', async (id) => {
    const one = await peer(
      authorized('GET /v1/events HTTP/1.1', `last-event-id: ${Buffer.from(id).toString('latin1')}`, 'connection: close'),
    );
    await eventually(() => /^HTTP\/1\.1 (?:400|200) /.test(one.heard()));
    // What is nothing but a blank is no header at all.
    expect(one.heard().slice(9, 12)).toBe(id.trim() === '' ? '200' : '400');
    one.socket.destroy();
  });

  test('that goes on after an event that is still to come waits for what comes', async () => {
    const one = await peer(authorized('GET /v1/events HTTP/1.1', 'last-event-id: 999999999999999'));
    await eventually(() => one.heard().includes(': ready'));
    one.socket.destroy();
  });
});

test('who never reads the answers to what it asks in one go is not answered without end', async () => {
  const before = residentMiB();
  const one = await peer('');
  one.socket.pause();
  const calls = authorized('GET /v1/openapi.json HTTP/1.1').repeat(2_000);
  one.socket.write(calls);
  await othersAreServed();
  expect(residentMiB() - before).toBeLessThan(200);
  one.socket.destroy();
});

describe('in the end', () => {
  const ended = (peers: readonly Peer[]) => Promise.all(peers.map(({ closed }) => closed));
  test('who says nothing, and who asks nothing more, is let go', () => Promise.all([ended(begun.silent), ended(begun.idle)]), 50_000);
  test(
    'who only listens to a quiet guest is looked for',
    () => eventually(() => begun.quiet[0]?.heard().endsWith('\x89\0'), 40_000),
    45_000,
  );
  test('a ticket that is half a minute old opens nothing', async () => {
    const one = await peer(upgrade(early));
    await one.closed;
    expect(one.heard()).toMatch(/^HTTP\/1\.1 401 /);
    one.socket.destroy();
  });
  test('who does not end what it has begun to send is let go', () => Promise.all([ended(begun.halves), ended(begun.dribbling)]), 90_000);
  test('nothing was made of it', async () =>
    expect((await fleet.call('GET /v1/domains?fields=name')).json).toEqual({ domains: [{ name: 'talks' }] }));
});
