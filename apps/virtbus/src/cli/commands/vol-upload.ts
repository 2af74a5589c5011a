import { command } from '../command.js';
import { lengthOf, type Piece } from '../fleet.js';
import { ofFile, partOf, transfer, transferOptions, type Moving } from '../volume-transfer.js';

/** @throws Failure when the file cannot be read */
async function* read(file: string, source: AsyncIterable<Piece>, limitBytes: number, { moved, signal }: Moving): AsyncGenerator<Piece> {
  const pieces = source[Symbol.asyncIterator]();
  for (let left = limitBytes; left > 0 && !signal.aborted;) {
    const next = await ofFile(`cannot read ${file}`, pieces.next());
    if (next.done) return;
    const piece = atMost(next.value, left);
    left -= lengthOf(piece);
    yield piece;
    moved(lengthOf(piece));
  }
}

const atMost = (piece: Piece, length: number): Piece =>
  'hole' in piece ? { hole: Math.min(piece.hole, length) } : piece.subarray(0, length);

export default command({
  about: 'Overwrite what a volume holds with what is in a file; with --offset and --length a part of it. "-" is standard input.',
  example: 'virtbus vol-upload web.qcow2 debian.qcow2 --pool images',
  options: transferOptions,
  async run({ vol, file, sparse, ...where }, context) {
    const { part, name, pool } = await partOf(context, { vol, ...where });
    const source = await ofFile(`cannot read ${file}`, context.surroundings.openSource(file));
    const pieces = (sparse ? source.sparse?.() : undefined) ?? source.pieces;
    const { lengthBytes: limit = Number.MAX_SAFE_INTEGER } = part;
    const totalBytes = source.sizeBytes === undefined ? undefined : Math.min(source.sizeBytes, limit);
    const state = 'what has been sent stays in the volume';
    try {
      const bytes = await transfer(context, { doing: `cannot upload to volume ${vol}`, state, totalBytes }, async (moving) => {
        const fleet = await context.fleet();
        await fleet.upload(part, read(file, pieces, limit, moving), moving.signal);
      });
      return { text: '', json: { pool, name, file, bytes } };
    } finally {
      await source.close();
    }
  },
});
