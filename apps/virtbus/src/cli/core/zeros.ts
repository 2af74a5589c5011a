/** Bytes, or so many that were never written and read as zeros. */
export type Piece = Uint8Array | { readonly hole: number };
export const lengthOf = (piece: Piece): number => ('hole' in piece ? piece.hole : piece.length);

/** What files have holes of: a run of zeros that is shorter, or lies across, takes space all the same. Bytes. */
const BLOCK = 4096;
const zeros = Buffer.alloc(BLOCK);

/** The same bytes with a hole for every run of whole blocks of zeros, counted from where they begin. */
export async function* withHoles(source: AsyncIterable<Uint8Array>): AsyncGenerator<Piece> {
  let rest: Uint8Array = new Uint8Array();
  for await (const chunk of source) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % BLOCK);
    yield* runsOf(bytes.subarray(0, whole));
    rest = bytes.subarray(whole);
  }
  if (rest.length > 0) yield rest;
}

/** @param bytes whole blocks */
function* runsOf(bytes: Uint8Array): Generator<Piece> {
  const isHole = (at: number): boolean => zeros.equals(bytes.subarray(at, at + BLOCK));
  for (let from = 0; from < bytes.length;) {
    const hole = isHole(from);
    let end = from + BLOCK;
    while (end < bytes.length && isHole(end) === hole) end += BLOCK;
    yield hole ? { hole: end - from } : bytes.subarray(from, end);
    from = end;
  }
}
