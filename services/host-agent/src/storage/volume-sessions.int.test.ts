import { randomBytes } from 'node:crypto';
import { mkdtemp, open as openFile, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Refusal } from '@virtbus/contracts';
import { Bus, openDownload, openUpload, startNatsServer, type RunningNatsServer } from '@virtbus/messaging';
import { recordedLog } from '@virtbus/testing';
import { VolumeSessions } from './volume-sessions.js';
import type { Extent } from './volume-file.js';

const MiB = 1024 * 1024;
const WINDOW = 2 * MiB;

let nats: RunningNatsServer;
let [host, user] = [undefined, undefined] as unknown as [Bus, Bus];
let directory: string;
let path: string;
let sessions: VolumeSessions;
let looked: number;
/** Offsets at which sessions were opened. */
let opened: number[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bytes-'));
  path = join(directory, 'disk');
  nats = await startNatsServer({ directory: join(directory, 'nats') });
  const connect = (name: string) => Bus.connect({ servers: nats.url, name, owner: 'client', provision: false, log: recordedLog() });
  [host, user] = [await connect('host'), await connect('user')];
  sessions = new VolumeSessions(host);
  [looked, opened] = [0, []];
});
afterEach(async () => {
  sessions.close();
  await Promise.all([host.drain(), user.drain()]);
  await nats.stop();
  await rm(directory, { recursive: true });
});

const volume = async (flags: string) => ({ file: await openFile(path, flags), path });
const openWrite = async (extent: Extent): Promise<string> => {
  opened.push(extent.offset);
  return sessions.upload(await volume('r+'), extent, async () => void (looked += 1));
};
const openRead = async (extent: Extent): Promise<string> => {
  opened.push(extent.offset);
  return sessions.download(await volume('r'), extent);
};
const uploading = (offset = 0, length?: number) =>
  openUpload(user, { offset, open: (at) => openWrite({ offset: at, ...(length === undefined ? {} : { length: offset + length - at }) }) });

async function downloaded(extent: Extent, onPiece: (total: number) => Promise<void> | void = () => undefined): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let total = 0;
  const open = (offset: number) => openRead({ ...extent, offset });
  const { done } = await openDownload(
    user,
    { offset: extent.offset, open },
    {
      take: async (bytes) => {
        parts.push(bytes);
        total += bytes.length;
        await onPiece(total);
      },
    },
  );
  await done;
  return Buffer.concat(parts);
}

test('bytes go to their place, and the volume is looked at once they are there', async () => {
  await writeFile(path, Buffer.alloc(8 * MiB, 'x'));
  const all = randomBytes(5 * MiB + 3);
  const upload = await uploading(10);
  for (let at = 0; at < all.length; at += 250_000) await upload.send(all.subarray(at, at + 250_000));
  expect(looked).toBe(0);
  await upload.finish();
  const now = await readFile(path);
  expect([now.subarray(0, 10).toString(), now.length, looked]).toEqual(['x'.repeat(10), 8 * MiB, 1]);
  expect(now.subarray(10, 10 + all.length).equals(all)).toBe(true);
  expect(now.at(10 + all.length)).toBe('x'.charCodeAt(0));
});

test.each<[string, Extent, number, number]>([
  ['all of it', { offset: 0 }, 0, 5 * MiB + 7],
  ['a part of it', { offset: 5, length: 2 * MiB }, 5, 2 * MiB + 5],
  ['what there is of a part', { offset: 5 * MiB, length: MiB }, 5 * MiB, 5 * MiB + 7],
  ['nothing behind its end', { offset: 2 ** 40 }, 0, 0],
])('reads %s', async (_, extent, from, to) => {
  const all = randomBytes(5 * MiB + 7);
  await writeFile(path, all);
  expect((await downloaded(extent)).equals(all.subarray(from, to))).toBe(true);
});

test('nothing is sent far ahead of whoever does not take it', async () => {
  await writeFile(path, Buffer.alloc(8 * MiB));
  let seen = 0;
  user.subscribeBytes('virtbus.v1.bytes.*.out', ({ bytes }) => void (seen += bytes.length));
  let go: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (go = resolve));
  const reading = downloaded({ offset: 0 }, (total) => (total > 3 * MiB ? held : undefined));
  await vi.waitFor(() => expect(seen).toBeGreaterThan(4 * MiB));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(seen).toBeLessThanOrEqual(3.5 * MiB + WINDOW);
  go();
  expect((await reading).length).toBe(8 * MiB);
});

/** Data of 64 KiB at 1 MiB, and of one byte at 3 MiB; 4 MiB long. */
async function writeSparse(): Promise<Buffer> {
  const file = await openFile(path, 'w');
  await file.write(Buffer.alloc(65_536, 'a'), 0, 65_536, MiB);
  await file.write(Buffer.from('b'), 0, 1, 3 * MiB);
  await file.truncate(4 * MiB);
  await file.close();
  return readFile(path);
}

/** Holes as their lengths, bytes put together. */
async function sparse(extent: Extent): Promise<(number | Buffer)[]> {
  const parts: (number | Buffer)[] = [];
  const open = (offset: number) => openRead({ ...extent, offset, sparse: true });
  const { done } = await openDownload(
    user,
    { offset: extent.offset, open },
    {
      take: async (bytes) => {
        const last = parts.at(-1);
        if (typeof last === 'object') parts[parts.length - 1] = Buffer.concat([last, bytes]);
        else parts.push(Buffer.from(bytes));
      },
      takeHole: async (length) => void parts.push(length),
    },
  );
  await done;
  return parts;
}

const lengthsOf = (parts: readonly (number | Buffer)[]) => parts.map((part) => (typeof part === 'number' ? -part : part.length));
const blocksOf = async (): Promise<number> => (await stat(path)).blocks;

describe('holes', () => {
  test('of a volume come as holes, and all of it is there', async () => {
    const all = await writeSparse();
    const parts = await sparse({ offset: 0 });
    expect(lengthsOf(parts)).toEqual([-MiB, 65_536, 65_536 - 2 * MiB, 4_096, 4_096 - MiB]);
    expect(Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.alloc(part) : part))).equals(all)).toBe(true);
  });

  test.each<[string, Extent, number[]]>([
    ['a part in a hole', { offset: 10, length: 20 }, [-20]],
    ['a part across data', { offset: MiB - 5, length: 65_546 }, [-5, 65_536, -5]],
    ['the end', { offset: 3 * MiB + 5_000 }, [5_000 - MiB]],
    ['nothing behind the end', { offset: 5 * MiB }, []],
    ['nothing far behind it', { offset: 5 * MiB, length: 2 ** 40 }, []],
  ])('are cut to what is asked for: %s', async (_, extent, lengths) => {
    await writeSparse();
    expect(lengthsOf(await sparse(extent))).toEqual(lengths);
  });

  test('that nobody has asked for do not come', async () => {
    const all = await writeSparse();
    expect((await downloaded({ offset: 0 })).equals(all)).toBe(true);
  });

  test('take no space, read as zeros, and leave the rest of the volume', async () => {
    await writeFile(path, Buffer.alloc(8 * MiB, 'x'));
    const before = await blocksOf();
    const upload = await uploading();
    await upload.send(Buffer.alloc(4_096, 'a'));
    await upload.sendHole(4 * MiB);
    await upload.send(Buffer.from('b'));
    await upload.finish();
    const now = await readFile(path);
    expect([now.length, now.at(4_095), now.at(4_096 + 4 * MiB)]).toEqual([8 * MiB, 97, 98]);
    expect(now.subarray(4_096, 4_096 + 4 * MiB).equals(Buffer.alloc(4 * MiB))).toBe(true);
    expect(now.at(-1)).toBe('x'.charCodeAt(0));
    expect(before - (await blocksOf())).toBeGreaterThanOrEqual((4 * MiB - 8_192) / 512);
  });

  test('behind the end make the volume longer, and no larger', async () => {
    await writeFile(path, 'abc');
    const upload = await uploading(1);
    await upload.sendHole(2 ** 30);
    await upload.finish();
    expect((await stat(path)).size).toBe(2 ** 30 + 1);
    expect(await blocksOf()).toBeLessThanOrEqual(16);
  });

  test.each<[string, number, number | undefined, object]>([
    ['more than was said', 4, 3, { message: 'cannot write to stream: No space left on device' }],
    ['more than any file has', Number.MAX_SAFE_INTEGER - 1, undefined, { code: 'system_error' }],
    ['more than can be counted', Number.MAX_SAFE_INTEGER, undefined, { code: 'payload_invalid' }],
  ])('are refused: %s', async (_, length, said, refusal) => {
    await writeFile(path, 'abc');
    const upload = await uploading(1, said);
    await upload.sendHole(length).catch(() => undefined);
    await expect(upload.finish()).rejects.toMatchObject(refusal);
    expect((await readFile(path)).toString()).toBe('abc');
  });
});

test('more than was said is refused', async () => {
  await writeFile(path, '');
  const upload = await uploading(0, 3);
  await upload.send(Buffer.from('abc'));
  await upload.send(Buffer.from('d')).catch(() => undefined);
  await expect(upload.finish()).rejects.toMatchObject({ message: 'cannot write to stream: No space left on device' });
  expect((await readFile(path)).toString()).toBe('abc');
});

test('a disk that is full is told, and the session is over', async () => {
  const open = async (): Promise<string> =>
    sessions.upload({ file: await openFile('/dev/full', 'w'), path: '/dev/full' }, { offset: 0 }, async () => undefined);
  const upload = await openUpload(user, { offset: 0, open });
  await upload.send(Buffer.from('a'));
  await expect(upload.finish()).rejects.toMatchObject({
    code: 'system_error',
    message: expect.stringMatching(/^Unable to write \/dev\/full: No space left on device/i) as string,
  });
});

test('so many and no more', async () => {
  await writeFile(path, 'abc');
  for (let count = 0; count < 16; count += 1) await openRead({ offset: 0 });
  await expect(openRead({ offset: 0 })).rejects.toMatchObject({ code: 'rate_limited' });
  sessions.close();
  expect((await downloaded({ offset: 0 })).toString()).toBe('abc');
});

test.each(['upload', 'download'])('a host-agent that dies during an %s is followed by the next one, which goes on', async (way) => {
  const all = randomBytes(6 * MiB);
  await writeFile(path, way === 'upload' ? Buffer.alloc(all.length) : all);
  const die = (): void => sessions.close();
  if (way === 'upload') {
    const upload = await uploading();
    for (let at = 0; at < all.length; at += MiB) {
      if (at === 3 * MiB) die();
      await upload.send(all.subarray(at, at + MiB));
    }
    await upload.finish();
  } else {
    let dead = false;
    const read = await downloaded({ offset: 0 }, (total) => {
      if (total >= 3 * MiB && !dead) {
        dead = true;
        die();
      }
    });
    expect(read.equals(all)).toBe(true);
  }
  expect((await readFile(path)).equals(all)).toBe(true);
  expect(opened).toHaveLength(2);
  expect(opened[1]).toBeGreaterThan(0);
});

test('a nats-server that dies half-way loses nothing', async () => {
  const all = randomBytes(6 * MiB);
  await writeFile(path, Buffer.alloc(all.length));
  const upload = await uploading();
  await upload.send(all.subarray(0, 3 * MiB));
  process.kill(nats.pid, 'SIGKILL');
  await nats.exited;
  const rest = upload.send(all.subarray(3 * MiB)).then(() => upload.finish());
  nats = await startNatsServer({ directory: join(directory, 'nats'), port: Number(new URL(nats.url).port) });
  await rest;
  expect((await readFile(path)).equals(all)).toBe(true);
});

test('who gives up is let go, on both sides', async () => {
  await writeFile(path, Buffer.alloc(8 * MiB));
  const upload = await uploading();
  await upload.send(Buffer.from('abc'));
  await upload.abort();
  await expect(upload.finish()).rejects.toBeInstanceOf(Refusal);
  const download = await openDownload(
    user,
    { offset: 0, open: (offset) => openRead({ offset }) },
    { take: () => new Promise(() => undefined) },
  );
  await download.abort();
  await expect(download.done).rejects.toBeInstanceOf(Refusal);
  expect(looked).toBe(0);
  // Their places are free again.
  await vi.waitFor(async () => {
    for (let count = 0; count < 16; count += 1) await openRead({ offset: 0 });
  });
});

test('the places of those who are gone without a word are given away, and nobody else’s', async () => {
  await writeFile(path, Buffer.alloc(MiB));
  // Whoever is there says something every second.
  const alive = await uploading();
  for (let count = 0; count < 15; count += 1) await openWrite({ offset: 0 });
  await expect(openRead({ offset: 0 })).rejects.toMatchObject({ code: 'rate_limited' });
  await new Promise((resolve) => setTimeout(resolve, 5_500));
  for (let count = 0; count < 15; count += 1) await openRead({ offset: 0 });
  await expect(openRead({ offset: 0 })).rejects.toMatchObject({ code: 'rate_limited' });
  await alive.send(Buffer.from('abc'));
  await alive.finish();
  expect((await readFile(path)).subarray(0, 3).toString()).toBe('abc');
}, 20_000);
