import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { recordedLog } from '@virtbus/testing';
import { Consoles, type ByteBus } from './console.js';

type Listener = Parameters<ByteBus['subscribeBytes']>[1];

const GREETING = 'RFB 003.008\n';
const MEBIBYTE = 1024 * 1024;
const uuid = '00000000-0000-4000-8000-000000000001';

/** A bus on which the test is the client. */
class FakeBytes implements ByteBus {
  out = Buffer.alloc(0);
  private listener: Listener = () => undefined;
  publishBytes(_: string, bytes: Uint8Array): void {
    this.out = Buffer.concat([this.out, bytes]);
  }
  subscribeBytes(_: string, listener: Listener): { close(): Promise<void> } {
    this.listener = listener;
    return { close: async () => undefined };
  }
  say(text: string, headers: Readonly<Record<string, string>> = {}): void {
    this.listener({ bytes: Buffer.from(text), headers });
  }
}

let directory: string;
let path: string;
let server: Server;
let bus: FakeBytes;
let consoles: Consoles;
let device: Socket | undefined;
let heard: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'console-'));
  path = join(directory, 'vnc.sock');
  heard = '';
  device = undefined;
  server = createServer((socket) => {
    device = socket;
    socket.on('data', (bytes: Buffer) => (heard += bytes.toString())).on('error', () => undefined);
    socket.write(GREETING);
  });
  await new Promise<void>((resolve) => void server.listen(path, resolve));
  bus = new FakeBytes();
  consoles = new Consoles(bus, recordedLog());
});

afterEach(async () => {
  consoles.close();
  server.close();
  await rm(directory, { recursive: true });
});

test('what a screen says first waits for its client to listen', async () => {
  await consoles.openScreen(uuid, path);
  await vi.waitFor(() => expect(device?.bytesWritten).toBe(GREETING.length));
  device?.write('more');
  await new Promise((resolve) => void device?.write('', resolve));
  expect(bus.out.toString()).toBe('');
  bus.say('', { 'Virtbus-Alive': '1' });
  await vi.waitFor(() => expect(bus.out.toString()).toBe(`${GREETING}more`));
  bus.say('hello');
  await vi.waitFor(() => expect(heard).toBe('hello'));
});

test('a screen sends no more than a mebibyte ahead of what its client has taken', async () => {
  await consoles.openScreen(uuid, path);
  bus.say('', { 'Virtbus-Alive': '1' });
  device?.write(Buffer.alloc(8 * MEBIBYTE));
  await vi.waitFor(() => expect(bus.out.length).toBeGreaterThan(MEBIBYTE));
  const ahead = bus.out.length;
  expect(ahead).toBeLessThan(3 * MEBIBYTE);
  bus.say('', { 'Virtbus-Alive': '1' });
  bus.say('', { 'Virtbus-Taken': 'much' });
  bus.say('', { 'Virtbus-Taken': String(100 * MEBIBYTE) });
  await new Promise((resolve) => setImmediate(resolve));
  expect(bus.out.length).toBe(ahead);
  for (let taken = 0; taken < 8 * MEBIBYTE + GREETING.length; taken = bus.out.length) {
    bus.say('', { 'Virtbus-Taken': String(bus.out.length) });
    await vi.waitFor(() => expect(bus.out.length > taken || taken === 0).toBe(true));
  }
});

test('eight look at a screen, and no more', async () => {
  for (let open = 0; open < 8; open += 1) await consoles.openScreen(uuid, path);
  await expect(consoles.openScreen(uuid, path)).rejects.toMatchObject({ code: 'rate_limited' });
});

test('a guest that never reads is sent no more than there is room for, and its session ends', async () => {
  await consoles.open(path, false);
  await vi.waitFor(() => expect(device).toBeDefined());
  device?.pause();
  bus.out = Buffer.from('before the end');
  const ended = () => bus.out.toString() === 'ended';
  bus.publishBytes = (_, bytes) => void (bytes.length === 0 && (bus.out = Buffer.from('ended')));
  let sent = 0;
  for (; sent < 64 && !ended(); sent += 1) {
    bus.say('x'.repeat(MEBIBYTE));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect([ended(), sent < 16]).toEqual([true, true]);
  await consoles.open(path, false);
});
