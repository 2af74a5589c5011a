import { expect, test } from 'vitest';
import { withHoles, type Piece } from './zeros.js';

const BLOCK = 4096;
const data = (length: number): Buffer => Buffer.alloc(length, 'x');
const zeros = (length: number): Buffer => Buffer.alloc(length);

/** Lengths: those of holes are negative. */
async function shapeOf(...chunks: readonly Buffer[]): Promise<number[]> {
  const shape: number[] = [];
  const source = (async function* () {
    yield* chunks;
  })();
  for await (const piece of withHoles(source)) shape.push('hole' in piece ? -piece.hole : piece.length);
  return shape;
}

test.each<[string, Buffer[], number[]]>([
  ['nothing', [], []],
  ['data', [data(2 * BLOCK)], [2 * BLOCK]],
  ['zeros', [zeros(3 * BLOCK)], [-3 * BLOCK]],
  ['data around zeros', [Buffer.concat([data(BLOCK), zeros(2 * BLOCK), data(BLOCK)])], [BLOCK, -2 * BLOCK, BLOCK]],
  ['zeros that lie across', [Buffer.concat([data(1), zeros(2 * BLOCK), data(1)])], [BLOCK, -BLOCK, 2]],
  ['zeros that come in parts', [zeros(1000), zeros(BLOCK), zeros(BLOCK - 1000)], [-BLOCK, -BLOCK]],
  ['an end that is no whole block', [zeros(BLOCK + 5)], [-BLOCK, 5]],
])('%s', async (_, chunks, shape) => expect(await shapeOf(...chunks)).toEqual(shape));

test('nothing is lost or added', async () => {
  const bytes = Buffer.concat([data(5000), zeros(20_000), data(3), zeros(9000)]);
  const source = (async function* () {
    for (let at = 0; at < bytes.length; at += 777) yield bytes.subarray(at, at + 777);
  })();
  const parts: Buffer[] = [];
  const whole = (piece: Piece): Buffer => ('hole' in piece ? Buffer.alloc(piece.hole) : Buffer.from(piece));
  for await (const piece of withHoles(source)) parts.push(whole(piece));
  expect(Buffer.concat(parts).equals(bytes)).toBe(true);
});
