import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { remoteProcedures as remote } from '../tables/index.js';
import { frameOf, rawFrameOf } from '../wire/frame.js';
import { messageType, programs, status } from '../wire/numbers.js';
import { int, struct, text } from '../xdr/index.js';
import { testServer, type TestServer } from './test-server.js';

const callOf = (procedure: number, more: object = {}) => ({
  program: programs.remote,
  procedure,
  type: messageType.call,
  serial: 900,
  status: status.ok,
  ...more,
});

const length = (bytes: number): Buffer => {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(bytes);
  return head;
};

/** The error that the server answers a frame with. */
async function answerTo(server: TestServer, frame: Buffer): Promise<string> {
  const answers: Buffer[] = [];
  server.pipe.on('data', (chunk: Buffer) => answers.push(chunk));
  server.pipe.write(frame);
  await vi.waitFor(() => expect(answers.length).toBeGreaterThan(0));
  return Buffer.concat(answers).toString('latin1');
}

test.each([
  ['a program that there is not', callOf(1, { program: 0x1234 }), 'Cannot find program 4660 version 1'],
  ['a version that there is not', callOf(1, { version: 7 }), 'Cannot find program 536903814 version 7'],
  ['an unknown procedure', callOf(4711), 'unknown procedure: 4711'],
  ['a negative procedure', callOf(-1), 'unknown procedure: -1'],
  [
    'arguments that are missing',
    callOf(remote.domain_lookup_by_name.number),
    'Unable to decode message payload: the message ends too early',
  ],
  ['descriptors', callOf(remote.connect_get_hostname.number, { type: messageType.callWithFds }), 'not supported by the connection driver'],
])('%s is refused, and the connection stays', async (_, header, words) => {
  const server = testServer();
  expect(await answerTo(server, rawFrameOf(header as never))).toContain(words);
  expect(await server.client.call(remote.connect_get_hostname, {})).toEqual({ hostname: 'gate' });
});

test('what brings descriptors along with a call is no frame, even when it comes late', async () => {
  const server = testServer();
  const call = callOf(remote.connect_get_hostname.number, { type: messageType.callWithFds });
  expect(await answerTo(server, Buffer.concat([frameOf(call, struct({ count: int }), { count: 3 }), Buffer.of(0)]))).toContain(
    'virConnectGetHostname',
  );
  server.pipe.write(Buffer.of(0, 0));
  expect(await server.client.call(remote.connect_get_hostname, {})).toEqual({ hostname: 'gate' });
});

test('more descriptors than a message may bring end the connection', async () => {
  const server = testServer();
  const call = callOf(remote.connect_get_hostname.number, { type: messageType.callWithFds });
  server.pipe.write(frameOf(call, struct({ count: int }), { count: 33 }));
  await vi.waitFor(() => expect(server.closed()).toBe(true));
});

test.each([
  ['a string that is longer than its message', struct({ length: int }), { length: 4_000_000 }, 'the message ends before them'],
  ['a string over its limit', struct({ length: int }), { length: 5_000_000 }, 'at most 4194304'],
  ['a string that is not UTF-8', struct({ a: int, b: int }), { a: 4, b: -1 }, 'not UTF-8'],
])('%s is refused before anything is allocated for it', async (_, codec, value, words) => {
  const server = testServer();
  const frame = frameOf(callOf(remote.domain_lookup_by_name.number), codec as never, value as never);
  expect(await answerTo(server, frame)).toContain(words);
});

test('a list that announces more than there is costs nothing', async () => {
  const server = testServer();
  // connect_get_all_domain_stats begins with a list of up to 16,384 domains.
  const frame = frameOf(callOf(remote.connect_get_all_domain_stats.number), struct({ count: int, some: text }), {
    count: 16_384,
    some: 'x',
  });
  expect(await answerTo(server, frame)).toContain('the message ends before them');
});

test.each([
  ['a frame shorter than its header', length(20)],
  ['a frame over the limit', length(33_554_437)],
  ['a reply from a client', rawFrameOf(callOf(1, { type: messageType.reply }))],
  ['a message of no known type', rawFrameOf(callOf(1, { type: 99 }))],
])('%s ends the connection', async (_, bytes) => {
  const server = testServer();
  server.pipe.write(bytes);
  await vi.waitFor(() => expect(server.closed()).toBe(true));
});

test('a stranger may not send what only members may', async () => {
  const server = testServer({ type: 'sasl', mechanisms: [] });
  server.pipe.write(length(1_000_000));
  await vi.waitFor(() => expect(server.closed()).toBe(true));
});

test('a frame that trickles in is waited for a minute', async () => {
  const server = testServer();
  server.pipe.write(length(1000));
  for (let second = 0; second <= 61; second += 1) {
    server.pipe.write(Buffer.from([0]));
    await new Promise(setImmediate);
    server.clock.now += 1_000;
    server.connection.tick();
    if (second < 59) expect(server.closed()).toBe(false);
  }
  await vi.waitFor(() => expect(server.closed()).toBe(true));
});

test('a frame that is announced and never comes holds only what came of it', async () => {
  const server = testServer();
  server.pipe.write(length(33_000_000));
  server.pipe.write(Buffer.alloc(1000));
  await vi.waitFor(() => expect(server.connection.pending).toBe(1004));
});

test('a stream that nobody reads holds back its sender, not the server', async () => {
  const server = testServer();
  const dom = { name: 'demo', uuid: 'c7a5fdbd-edaf-9455-926a-d65c16db1809', id: 3 };
  await server.client.openStream(remote.domain_open_console, { dom, dev_name: undefined, flags: 0 });
  const stream = server.sessions[0]?.streams[0];
  stream?.listen({ onData: () => new Promise(() => undefined), onFinish: () => undefined, onAbort: () => undefined });
  const chunk = rawFrameOf(
    callOf(remote.domain_open_console.number, { type: messageType.stream, serial: 1, status: status.continue }),
    Buffer.alloc(65_536),
  );
  for (let sent = 0; sent < 100; sent += 1) server.pipe.write(chunk);
  await new Promise((resolve) => setTimeout(resolve, 50));
  // It is still the sender that holds nearly all of it.
  expect(server.pipe.writableLength).toBeGreaterThan(95 * 65_536);
  expect(server.connection.pending).toBeLessThan(200_000);
});

/** Whoever brings descriptors along says how many, and sends as many bytes after. */
function bytesOf(head: Parameters<typeof rawFrameOf>[0], bytes: Uint8Array): Buffer {
  if (head.type !== messageType.callWithFds) return rawFrameOf(head, bytes);
  const count = bytes.length % 33;
  return Buffer.concat([rawFrameOf(head, Buffer.concat([length(count), bytes])), Buffer.alloc(count)]);
}

test('ten thousand random frames neither end the server nor make a fault', async () => {
  const server = testServer();
  const procedure = fc.oneof(fc.integer({ min: 0, max: 460 }), fc.integer());
  const header = fc.record({
    program: fc.constantFrom(programs.remote, programs.qemu, programs.keepalive, 7),
    procedure,
    type: fc.constantFrom(0, 3, 4, 6),
    serial: fc.nat(),
    status: fc.constantFrom(0, 1, 2),
  });
  const payload = fc.uint8Array({ maxLength: 200 });
  const frames = fc.sample(fc.tuple(header, payload), { numRuns: 10_000, seed: 20_261_127 });
  for (const [head, bytes] of frames) {
    if (!server.pipe.write(bytesOf(head, bytes))) await new Promise((resolve) => server.pipe.once('drain', resolve));
  }
  expect(await server.client.call(remote.connect_get_hostname, {})).toEqual({ hostname: 'gate' });
  expect(server.faults.map(String).filter((words) => !words.includes('a fault of ours'))).toEqual([]);
});
