import { once } from 'node:events';
import { connect, createServer, Socket, type Server } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Refusal } from '@virtbus/contracts';
import { recordedLog } from '@virtbus/testing';
import { ScreenRelay, type ScreenLine } from './screen-relay.js';

/** A guest's side that the test speaks for. */
class FakeLine implements ScreenLine {
  readonly heard: string[] = [];
  counted = 0;
  closed = false;
  end: () => void = () => undefined;
  say: (bytes: Uint8Array) => void = () => undefined;
  readonly ended = new Promise<void>((resolve) => (this.end = resolve));
  send(bytes: Uint8Array): void {
    this.heard.push(Buffer.from(bytes).toString());
  }
  onBytes(listener: (bytes: Uint8Array) => void): void {
    this.say = listener;
  }
  taken(count: number): void {
    this.counted += count;
  }
  async close(): Promise<void> {
    this.closed = true;
  }
}

const address = '127.0.0.1';
let relay: ScreenRelay;
let lines: FakeLine[];
let ended: (uuid: string) => void;
let refusal: Error | undefined;
const sockets: Socket[] = [];
const others: Server[] = [];

beforeEach(() => {
  lines = [];
  refusal = undefined;
  const openScreen = async (): Promise<ScreenLine> => {
    if (refusal) throw refusal;
    const line = new FakeLine();
    lines.push(line);
    return line;
  };
  const onEnded = (listener: (uuid: string) => void) => {
    ended = listener;
    return () => undefined;
  };
  relay = new ScreenRelay({ address, openScreen, openToStranger: openScreen, onEnded, log: recordedLog() });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await relay.close();
  for (const other of others.splice(0)) other.close();
});

async function client(uuid: string): Promise<{ readonly socket: Socket; readonly text: () => string }> {
  const socket = connect((await relay.of(uuid))?.port ?? 0, address);
  sockets.push(socket);
  let heard = '';
  socket.on('data', (bytes: Buffer) => (heard += bytes.toString())).on('error', () => undefined);
  await once(socket, 'connect');
  return { socket, text: () => heard };
}

test('bytes go both ways, and the guest’s side is told what was taken', async () => {
  const { socket, text } = await client('a');
  socket.write('hello');
  await vi.waitFor(() => expect(lines[0]?.heard).toEqual(['hello']));
  lines[0]?.say(Buffer.from('RFB 003.008\n'));
  await vi.waitFor(() => expect([text(), lines[0]?.counted]).toEqual(['RFB 003.008\n', 12]));
});

test('a domain keeps its port, each has its own, and one that somebody else has is passed over', async () => {
  const first = await relay.of('a');
  const taken = createServer().listen((first?.port ?? 0) + 1, address);
  others.push(taken);
  await once(taken, 'listening').catch(() => undefined);
  const second = await relay.of('b');
  expect(await relay.of('a')).toEqual(first);
  expect(second?.port).toBeGreaterThan((first?.port ?? 0) + 1);
});

test('whichever end closes takes the other with it', async () => {
  const one = await client('a');
  await vi.waitFor(() => expect(lines.length).toBe(1));
  one.socket.destroy();
  await vi.waitFor(() => expect(lines[0]?.closed).toBe(true));
  const two = await client('a');
  await vi.waitFor(() => expect(lines.length).toBe(2));
  lines[1]?.end();
  await once(two.socket, 'close');
});

test('a domain that ends takes its clients and its port with it; another is then found there', async () => {
  const port = (await relay.of('a'))?.port;
  const { socket } = await client('a');
  ended('a');
  await once(socket, 'close');
  await expect.poll(async () => (await relay.of('b'))?.port).toBe(port);
});

test('a connection that is handed out needs no port, and ends with either end', async () => {
  const handed = async () => {
    const socket = new Socket({ fd: await relay.open('a') });
    sockets.push(socket);
    socket.resume();
    return socket;
  };
  const first = await handed();
  first.write('hello');
  await vi.waitFor(() => expect(lines[0]?.heard).toEqual(['hello']));
  lines[0]?.say(Buffer.from('RFB 003.008\n'));
  await vi.waitFor(() => expect(lines[0]?.counted).toBe(12));
  first.destroy();
  await vi.waitFor(() => expect(lines[0]?.closed).toBe(true));
  const second = await handed();
  lines[1]?.end();
  await once(second, 'close');
  const third = await handed();
  await Promise.all([once(third, 'close'), relay.close()]);
});

test('a connection to a screen that nobody shows is refused', async () => {
  refusal = new Refusal('operation_invalid', 'Requested operation is not valid: domain is not running');
  await expect(relay.open('a')).rejects.toBe(refusal);
});

test('a screen that nobody shows any more ends the connection', async () => {
  refusal = new Refusal('operation_invalid', 'Requested operation is not valid: domain is not running');
  const { socket } = await client('a');
  await once(socket, 'close');
});

test('an address that is not this machine’s shows nothing, and nobody waits for it', async () => {
  const log = recordedLog();
  const elsewhere = new ScreenRelay({
    address: '192.0.2.1',
    openScreen: () => Promise.reject(new Error('unreachable')),
    openToStranger: () => Promise.reject(new Error('unreachable')),
    onEnded: () => () => undefined,
    log,
  });
  expect(await elsewhere.of('a')).toBeUndefined();
  expect(log.lines).toEqual([expect.stringContaining('192.0.2.1')]);
});
