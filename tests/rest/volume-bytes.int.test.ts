/** The command line's `vol-upload` and `vol-download`, by either way, through real sessions of a host. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { eventually } from '@virtbus/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectBus } from '../../apps/virtbus/src/cli/bus-fleet.js';
import { FakeSurroundings } from '../../apps/virtbus/src/cli/fake/fake-surroundings.js';
import type { Fleet } from '../../apps/virtbus/src/cli/fleet.js';
import { createTarget, openSource } from '../../apps/virtbus/src/cli/byte-files.js';
import { connectRest } from '../../apps/virtbus/src/cli/rest-fleet.js';
import { runCommandLine } from '../../apps/virtbus/src/cli/run.js';
import { hostId, RestFleet } from './rest-fleet.js';

const MIB = 1024 * 1024;
const poolXml = `<pool type='dir'><name>images</name><uuid>${randomUUID()}</uuid><target><path>/srv/images</path></target><virtbus:placement xmlns:virtbus='urn:virtbus:pool:1' host='${hostId}'/></pool>`;
/** No whole number of pieces. */
const content = randomBytes(7 * MIB + 12_345);
const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let fleet: RestFleet;
let directory: string;
const here = (name: string): string => join(directory, name);

beforeAll(async () => {
  fleet = await RestFleet.start();
  await fleet.call('POST /v1/pools', { body: poolXml });
  await fleet.call('POST /v1/pools/images/start');
  await fleet.call('POST /v1/pools/images/volumes', { body: '<volume><name>disk</name><capacity>1024</capacity></volume>' });
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vbb-'));
  await writeFile(here('in'), content);
  return () => rm(directory, { recursive: true });
});
afterAll(() => fleet.stop());

const gateway = (url = `unix:${join(fleet.directory, 'rest.sock')}`) => connectRest({ urls: [url], token: undefined, origin: 'given' });
const ways: Readonly<Record<string, () => Promise<Fleet>>> = {
  'over the bus': () => connectBus(fleet.nats.url, { environment: {}, uid: 1000 }),
  'through a gateway': () => gateway(),
};

class RealFiles extends FakeSurroundings {
  override readonly openSource = openSource;
  override readonly createTarget = createTarget;
}

async function virtbus(connect: () => Promise<Fleet>, ...words: readonly string[]) {
  const surroundings = new RealFiles();
  const status = await runCommandLine(words, surroundings, connect);
  return { status, out: surroundings.written, err: surroundings.complained };
}
const fine = { status: 0, out: '\n', err: '' };

describe.each(Object.keys(ways))('bytes of volumes %s', (way) => {
  const say = (...words: readonly string[]) => virtbus(ways[way]!, ...words);

  test('arrive as they were sent, and come back so', async () => {
    await truncate(fleet.volume, 0);
    expect(await say('vol-upload', 'disk', here('in'), 'images')).toEqual(fine);
    expect(hash(await readFile(fleet.volume))).toBe(hash(content));
    expect(await say('vol-download', 'disk', here('out'), 'images')).toEqual(fine);
    expect(hash(await readFile(here('out')))).toBe(hash(content));
    expect((await readdir(directory)).toSorted()).toEqual(['in', 'out']);
  });

  test('may be a part', async () => {
    await writeFile(fleet.volume, content);
    const [offset, length] = [MIB + 3, 2 * MIB + 1];
    const where = ['--pool', 'images', '--offset', String(offset), '--length', String(length)];
    expect(await say('vol-download', 'disk', here('out'), ...where)).toEqual(fine);
    expect(hash(await readFile(here('out')))).toBe(hash(content.subarray(offset, offset + length)));
    expect(await say('vol-upload', 'disk', here('in'), ...where)).toEqual(fine);
    const now = Buffer.from(content);
    content.copy(now, offset, 0, length);
    expect(hash(await readFile(fleet.volume))).toBe(hash(now));
  });

  test('may be none', async () => {
    await writeFile(here('in'), '');
    await writeFile(fleet.volume, 'kept');
    expect(await say('vol-upload', 'disk', here('in'), 'images')).toEqual(fine);
    expect(await say('vol-download', 'disk', here('out'), 'images', '--offset', '99')).toEqual(fine);
    expect([await readFile(fleet.volume, 'utf8'), await readFile(here('out'), 'utf8')]).toEqual(['kept', '']);
  });

  test('stay holes where nothing was written, there and back', async () => {
    const holes = async (path: string): Promise<boolean> => (await stat(path)).blocks * 512 < (await stat(path)).size;
    const sparse = Buffer.alloc(9 * MIB);
    content.copy(sparse, 2 * MIB, 0, MIB);
    content.copy(sparse, 6 * MIB, MIB, MIB + 100);
    await writeFile(here('in'), content.subarray(0, 0));
    await truncate(here('in'), sparse.length);
    const source = await open(here('in'), 'r+');
    await source.write(sparse, 2 * MIB, MIB, 2 * MIB);
    await source.write(sparse, 6 * MIB, 100, 6 * MIB);
    await source.close();
    await writeFile(fleet.volume, content);
    expect(await say('vol-upload', 'disk', here('in'), 'images', '--sparse')).toEqual(fine);
    expect(hash(await readFile(fleet.volume))).toBe(hash(sparse));
    expect(await holes(fleet.volume)).toBe(true);
    expect(await say('vol-download', 'disk', here('out'), 'images', '--sparse')).toEqual(fine);
    expect(hash(await readFile(here('out')))).toBe(hash(sparse));
    expect(await holes(here('out'))).toBe(true);
    expect(await say('vol-download', 'disk', here('full'), 'images', '--offset', String(5 * MIB), '--length', String(2 * MIB))).toEqual(
      fine,
    );
    expect([hash(await readFile(here('full'))), await holes(here('full'))]).toEqual([hash(sparse.subarray(5 * MIB, 7 * MIB)), false]);
  });

  test('are not made up', async () => {
    await rm(here('in'));
    const { status, err } = await say('vol-upload', 'disk', here('in'), 'images');
    expect([status, err]).toEqual([1, `error: cannot read ${here('in')}\nerror: no such file or directory\n`]);
  });
});

/** A gateway's proxy that cuts what goes through it. */
async function cutting(path: string, cut: (request: IncomingMessage, reply: ServerResponse) => boolean): Promise<Server> {
  const { request } = await import('node:http');
  const server = createServer((asked, reply) => {
    if (cut(asked, reply)) return void asked.socket.destroy();
    const passed = request({ socketPath: path, path: asked.url, method: asked.method, headers: asked.headers }, (answer) => {
      reply.writeHead(answer.statusCode ?? 0, answer.headers);
      let count = 0;
      const isContent = asked.method === 'GET' && asked.url?.includes('/content');
      answer.on('data', (bytes: Buffer) => {
        reply.write(bytes);
        count += bytes.length;
        if (isContent && count > 3 * MIB) reply.destroy();
      });
      answer.on('end', () => reply.end()).on('error', () => undefined);
    });
    asked.pipe(passed);
    passed.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('a connection that is cut again and again', () => {
  let server: Server;
  let cuts = 0;
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  beforeAll(async () => {
    server = await cutting(join(fleet.directory, 'rest.sock'), ({ method }) => method === 'PUT' && (cuts += 1) % 3 === 1);
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test('is had anew, and what comes of it is whole', async () => {
    await truncate(fleet.volume, 0);
    expect(await virtbus(() => gateway(url()), 'vol-upload', 'disk', here('in'), 'images')).toEqual(fine);
    expect([hash(await readFile(fleet.volume)), cuts]).toEqual([hash(content), 12]);
    expect(await virtbus(() => gateway(url()), 'vol-download', 'disk', here('out'), 'images')).toEqual(fine);
    expect(hash(await readFile(here('out')))).toBe(hash(content));
  });
});

test('a download is nothing until it is whole, and nothing when the volume goes away half-way', async () => {
  const [server] = [await cutting(join(fleet.directory, 'rest.sock'), () => false)];
  await fleet.call('POST /v1/pools/images/volumes', { body: '<volume><name>gone</name><capacity>1024</capacity></volume>' });
  await writeFile(fleet.volume, content);
  await writeFile(here('out'), 'as it was');
  const ended = virtbus(
    () => gateway(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    ...['vol-download', 'gone', here('out'), 'images'],
  );
  await eventually(async () => (await readdir(directory)).some((name) => name.endsWith('.part')));
  expect(await readFile(here('out'), 'utf8')).toBe('as it was');
  await fleet.call('DELETE /v1/pools/images/volumes/gone');
  const { status, err } = await ended;
  expect([status, err.split('\n')[0]]).toEqual([1, 'error: cannot download from volume gone']);
  expect([await readFile(here('out'), 'utf8'), (await readdir(directory)).toSorted()]).toEqual(['as it was', ['in', 'out']]);
  server.closeAllConnections();
  server.close();
});
