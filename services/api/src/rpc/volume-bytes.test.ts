import { expect, test } from 'vitest';
import { MAX_VOLUME_PIECE } from '@virtbus/contracts';
import { piecesOf, VolumeWriter, type Extent } from './volume-bytes.js';

const whole: Extent = { offset: 0, length: undefined };

/** A volume in memory that answers when it is told to, or at once. */
class Held {
  bytes: Buffer = Buffer.alloc(0);
  under = 0;
  most = 0;
  failsAt = Number.POSITIVE_INFINITY;

  async write(offset: number, piece: Buffer): Promise<void> {
    await this.passing();
    if (offset >= this.failsAt) throw new Error('disk full');
    if (this.bytes.length < offset + piece.length)
      this.bytes = Buffer.concat([this.bytes, Buffer.alloc(offset + piece.length - this.bytes.length)]);
    piece.copy(this.bytes, offset);
  }

  async read(offset: number, length: number): Promise<Buffer> {
    await this.passing();
    if (offset >= this.failsAt) throw new Error('disk gone');
    return this.bytes.subarray(offset, offset + length);
  }

  private async passing(): Promise<void> {
    this.under += 1;
    this.most = Math.max(this.most, this.under);
    await Promise.resolve();
    this.under -= 1;
  }
}

const some = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, at) => (at * 31 + (at >> 9)) % 251));

async function written(held: Held, all: Buffer, { extent = whole, chunk = 100_000 } = {}): Promise<void> {
  const writer = new VolumeWriter(extent, (offset, piece) => held.write(offset, piece));
  const taking: Promise<void>[] = [];
  // As frames come: the next is there before the one before it has been dealt with.
  for (let at = 0; at < all.length; at += chunk) taking.push(writer.take(all.subarray(at, at + chunk)));
  await Promise.all(taking);
  await writer.finish();
}

test('what is sent in any pieces is written as it is, a few messages at a time', async () => {
  const held = new Held();
  const all = some(6 * MAX_VOLUME_PIECE + 7);
  await written(held, all);
  expect(held.bytes.equals(all)).toBe(true);
  expect(held.most).toBeGreaterThan(1);
  expect(held.most).toBeLessThanOrEqual(4);
});

test('it begins at its place', async () => {
  const held = new Held();
  await written(held, Buffer.from('abc'), { extent: { offset: 3, length: 3 } });
  expect(held.bytes.toString()).toBe('\0\0\0abc');
});

test('nothing beyond the length that was said', async () => {
  const held = new Held();
  await expect(written(held, Buffer.from('abcd'), { extent: { offset: 0, length: 3 } })).rejects.toMatchObject({ code: 38 });
  expect(held.bytes.length).toBe(0);
});

test.each([0, MAX_VOLUME_PIECE, 3 * MAX_VOLUME_PIECE])('a write that fails at %i is told', async (failsAt) => {
  const held = new Held();
  held.failsAt = failsAt;
  await expect(written(held, some(4 * MAX_VOLUME_PIECE))).rejects.toThrow('disk full');
});

const read = async (held: Held, extent: Extent): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of piecesOf(extent, (offset, length) => held.read(offset, length))) parts.push(part);
  return Buffer.concat(parts);
};

test.each<[string, Extent, number, number]>([
  ['all of it', whole, 0, 6 * MAX_VOLUME_PIECE + 7],
  ['a part of it', { offset: 5, length: 2 * MAX_VOLUME_PIECE }, 5, 2 * MAX_VOLUME_PIECE + 5],
  ['what there is of a part', { offset: 6 * MAX_VOLUME_PIECE, length: 100 }, 6 * MAX_VOLUME_PIECE, 6 * MAX_VOLUME_PIECE + 7],
  ['nothing behind its end', { offset: 2 ** 40, length: undefined }, 0, 0],
])('reads %s', async (_, extent, from, to) => {
  const held = new Held();
  held.bytes = some(6 * MAX_VOLUME_PIECE + 7);
  expect((await read(held, extent)).equals(held.bytes.subarray(from, to))).toBe(true);
  expect(held.most).toBeLessThanOrEqual(4);
});

test('a piece that cannot be read is told in its turn', async () => {
  const held = new Held();
  held.bytes = some(4 * MAX_VOLUME_PIECE);
  held.failsAt = 2 * MAX_VOLUME_PIECE;
  const reading = piecesOf(whole, (offset, length) => held.read(offset, length));
  expect((await reading.next()).value?.length).toBe(MAX_VOLUME_PIECE);
  expect((await reading.next()).value?.length).toBe(MAX_VOLUME_PIECE);
  await expect(reading.next()).rejects.toThrow('disk gone');
});
