import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MalformedMessage, attributesIn, byteOf, messagesIn, numberOf, textOf } from './decode.js';
import { Message } from './message.js';

const attribute = (length: number, type: number, value: number[] = []) => [length & 0xff, length >> 8, type & 0xff, type >> 8, ...value];
const message = (length: number, rest: number[]) => [length, 0, 0, 0, 16, 0, 2, 0, 7, 0, 0, 0, 0, 0, 0, 0, ...rest];

describe('a datagram is refused', () => {
  test.each([
    ['when a header is cut off', [1, 2, 3]],
    ['when a message says it is shorter than its header', message(15, [])],
    ['when a message says it is longer than the datagram', message(21, [1, 2, 3, 4])],
    ['when bytes are left behind the last message', [...message(16, []), 0, 0]],
  ])('%s', (_, bytes) => expect(() => messagesIn(Buffer.from(bytes))).toThrow(MalformedMessage));
});

describe('attributes are refused', () => {
  test.each([
    ['when the header before them is cut off', [1, 2], 4],
    ['when one says it is shorter than its header', attribute(3, 1), 0],
    ['when one says it is longer than the message', attribute(9, 1, [1, 2, 3, 4]), 0],
    ['when a header is cut off', [...attribute(4, 1), 4, 0], 0],
  ])('%s', (_, bytes, from) => expect(() => attributesIn(Buffer.from(bytes), from)).toThrow(MalformedMessage));
});

test('two messages in one datagram are two', () => {
  const datagram = Buffer.from([...message(18, [8, 9]), 0, 0, ...message(16, [])]);
  expect(messagesIn(datagram).map(({ type, flags, sequence, payload }) => [type, flags, sequence, [...payload]])).toEqual([
    [16, 2, 7, [8, 9]],
    [16, 2, 7, []],
  ]);
});

test('an attribute may end unaligned at the end of the message, and its nesting flag is not part of the type', () => {
  const found = attributesIn(Buffer.from([...attribute(5, 1, [7]), 0, 0, 0, ...attribute(7, 0x8000 | 2, [97, 98, 0])]));
  expect(byteOf(found.get(1))).toBe(7);
  expect(textOf(found.get(2))).toBe('ab');
});

test('a value that is too short for its type reads as absent', () => {
  expect(numberOf(Buffer.from([1, 2, 3]))).toBeUndefined();
  expect(byteOf(Buffer.alloc(0))).toBeUndefined();
});

test('no bytes whatever make the parser read outside them, or fail in another way', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 96 }), fc.nat(16), (bytes, from) => {
      // Lengths are drawn small so that many messages are nearly right.
      const surrounded = Buffer.concat([Buffer.alloc(8, 0xee), bytes, Buffer.alloc(8, 0xee)]).subarray(8, 8 + bytes.length);
      for (const parse of [() => messagesIn(surrounded).map((one) => one.payload), () => [...attributesIn(surrounded, from).values()]]) {
        try {
          expect(parse().reduce((sum, part) => sum + part.length, 0)).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessage);
        }
      }
    }),
  ));

test('what is written reads back', () =>
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 20 }),
      fc.nat(255),
      fc.nat(0xffff_ffff),
      fc.stringMatching(/^[a-z]{1,15}$/),
      (bytes, byte, number, name) => {
        const written = new Message(16, 0x5)
          .linkHeader({ index: 3 })
          .bytes(1, bytes)
          .byte(2, byte)
          .nest(3, (inner) => inner.number(4, number).name(5, name))
          .finish(9);
        const [received] = messagesIn(Buffer.from(written));
        const outer = attributesIn(received!.payload, 16);
        const inner = attributesIn(outer.get(3)!);
        expect(received).toMatchObject({ type: 16, flags: 5, sequence: 9 });
        expect([...outer.get(1)!]).toEqual([...bytes]);
        expect([byteOf(outer.get(2)), numberOf(inner.get(4)), textOf(inner.get(5))]).toEqual([byte, number, name]);
      },
    ),
  ));

test('a name of sixteen bytes is refused, counted in bytes', () => {
  expect(() => new Message(16, 0).name(3, 'x'.repeat(16))).toThrow(RangeError);
  expect(() => new Message(16, 0).name(3, 'é'.repeat(8))).toThrow(RangeError);
  expect(() => new Message(16, 0).name(3, 'é'.repeat(7))).not.toThrow();
});

test('a request larger than any real one is refused', () => {
  expect(() => new Message(16, 0).bytes(1, new Uint8Array(600))).toThrow(RangeError);
});
