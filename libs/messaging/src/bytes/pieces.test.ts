import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Refusal } from '@virtbus/contracts';
import { head, MAX_PIECE, sayFailure, WINDOW, type ByteMessage, type Say } from './piece.js';
import { PieceReceiver } from './piece-receiver.js';
import { PieceSender } from './piece-sender.js';

const NOTHING = new Uint8Array();
const some = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, at) => (at * 31 + (at >> 9)) % 251));
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Two ends and a bus that keeps nothing: it loses what it is told to. */
class Ends {
  taken = Buffer.alloc(0);
  offsets: number[] = [];
  failure: unknown;
  finished = 0;
  failsAt = Number.POSITIVE_INFINITY;
  onWay = 0;
  most = 0;
  messages = 0;
  readonly sender: PieceSender;
  readonly receiver: PieceReceiver;

  constructor(
    from: number,
    private readonly loses: (message: number) => boolean = () => false,
  ) {
    this.sender = new PieceSender(
      this.to((message) => this.receiver.heard(message), true),
      from,
    );
    this.receiver = new PieceReceiver(
      this.to((message) => this.sender.heard(message)),
      from,
      {
        take: async (bytes, offset) => {
          await turn();
          if (offset >= this.failsAt) throw new Refusal('system_error', 'disk full');
          this.onWay -= bytes.length;
          this.taken = Buffer.concat([this.taken, bytes]);
          this.offsets.push(offset);
        },
        takeHole: async (length, offset) => {
          await turn();
          this.taken = Buffer.concat([this.taken, Buffer.alloc(length)]);
          this.offsets.push(offset);
        },
        finish: async () => void (this.finished += 1),
        failed: (cause) => (this.failure = cause),
      },
    );
  }

  private to(hear: (message: ByteMessage) => void, counts = false): Say {
    return (headers, bytes = NOTHING) => {
      this.messages += 1;
      if (this.loses(this.messages)) return;
      if (counts) this.most = Math.max(this.most, (this.onWay += bytes.length));
      setImmediate(() => hear({ headers, bytes }));
    };
  }

  /** Zeros go as a hole. */
  private put(bytes: Buffer): Promise<void> {
    return bytes.every((byte) => byte === 0) ? this.sender.sendHole(bytes.length) : this.sender.send(bytes);
  }

  /** As its owner does from time to time. */
  async sent(all: Buffer, chunk: number): Promise<void> {
    const poking = setInterval(() => this.sender.poke(), 2);
    try {
      for (let at = 0; at < all.length; at += chunk) await this.put(all.subarray(at, at + chunk));
      await this.sender.finish();
    } finally {
      clearInterval(poking);
    }
  }
}

test('what is sent in any pieces is taken as it is, and no more than the window is on its way', async () => {
  const all = some(3 * WINDOW + 7);
  const ends = new Ends(100);
  await ends.sent(all, 900_000);
  expect(ends.taken.equals(all)).toBe(true);
  expect([ends.offsets[0], ends.finished]).toEqual([100, 1]);
  expect(ends.most).toBeGreaterThan(MAX_PIECE);
  expect(ends.most).toBeLessThanOrEqual(WINDOW + MAX_PIECE);
});

test('nothing at all is something to be finished', async () => {
  const ends = new Ends(0);
  await ends.sent(Buffer.alloc(0), 1);
  expect([ends.finished, ends.taken.length]).toEqual([1, 0]);
});

test('whatever is lost, all arrives, in order and once', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 25 }),
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 0, max: 30 }),
      async (lost, length, chunk, holeAt) => {
        const all = Buffer.from(some(length).map((byte, at) => (at >= holeAt && at < holeAt + 2 * chunk ? 0 : byte)));
        const ends = new Ends(0, (message) => lost.includes(message));
        await ends.sent(all, chunk);
        expect(ends.taken.toString('hex')).toBe(all.toString('hex'));
        expect(ends.finished).toBe(1);
      },
    ),
    { numRuns: 60 },
  ));

test('what cannot be written is told to whoever sends, and to whoever waits for room', async () => {
  const ends = new Ends(0);
  ends.failsAt = MAX_PIECE;
  await expect(ends.sent(some(2 * WINDOW), MAX_PIECE)).rejects.toMatchObject({ code: 'system_error', message: 'disk full' });
  expect(ends.taken.length).toBe(MAX_PIECE);
  await expect(ends.sender.send(some(1))).rejects.toThrow('disk full');
});

test('who takes may give up', async () => {
  const ends = new Ends(0);
  const sending = ends.sent(some(2 * WINDOW), MAX_PIECE);
  ends.receiver.stop(new Refusal('operation_failed', 'enough'));
  await expect(sending).rejects.toThrow('enough');
  expect(ends.failure).toMatchObject({ message: 'enough' });
});

describe('a new session', () => {
  test('of the sender begins where all has been taken, with what has not', async () => {
    const said: [string, number][] = [];
    const sender = new PieceSender(() => undefined, 0);
    for (const byte of ['a', 'bc', 'd']) await sender.send(Buffer.from(byte));
    sender.heard({ headers: head('taken', 1), bytes: NOTHING });
    expect(sender.taken).toBe(1);
    sender.goOn((headers, bytes = NOTHING) => said.push([Object.entries(headers).join(), bytes.length]));
    expect(said).toEqual([
      ['Virtbus-Offset,1', 2],
      ['Virtbus-Offset,3', 1],
      ['Virtbus-Sent,4', 0],
    ]);
  });
});

describe('a sender that knows no bounds', () => {
  const never = () => new Promise<void>(() => undefined);
  const taker = { take: never, takeHole: never, finish: async () => undefined };
  test('is told to stop', () => {
    let failure: unknown;
    const receiver = new PieceReceiver(() => undefined, 0, { ...taker, failed: (cause) => (failure = cause) });
    for (let at = 0; at <= 2 * WINDOW; at += MAX_PIECE) receiver.heard({ headers: head('offset', at), bytes: Buffer.alloc(MAX_PIECE) });
    expect(failure).toMatchObject({ code: 'payload_too_large' });
  });

  test('is told to stop by holes, too', () => {
    let failure: unknown;
    const receiver = new PieceReceiver(() => undefined, 0, { ...taker, failed: (cause) => (failure = cause) });
    const hole = (offset: number) => ({ headers: { ...head('offset', offset), ...head('hole', 1) }, bytes: NOTHING });
    for (let at = 0; at < 1_000; at += 1) receiver.heard(hole(at));
    expect(failure).toMatchObject({ code: 'payload_too_large' });
  });
});

test.each(['-1', 'x', '1.5', '1e400'])('a header that says %s says nothing', (text) => {
  const sender = new PieceSender(() => undefined, 0);
  void sender.send(Buffer.from('abc'));
  sender.heard({ headers: { 'Virtbus-Taken': text, 'Virtbus-Ended': text }, bytes: NOTHING });
  expect(sender.taken).toBe(0);
});

test("a failure travels with the other end's words", () => {
  const said: ByteMessage[] = [];
  sayFailure((headers, bytes = NOTHING) => said.push({ headers, bytes }), new Error('a secret'));
  const sender = new PieceSender(() => undefined, 0);
  sender.heard(said[0]!);
  return expect(sender.send(Buffer.from('a'))).rejects.toMatchObject({ code: 'internal' });
});
