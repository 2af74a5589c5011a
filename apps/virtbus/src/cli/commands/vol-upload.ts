import { command } from '../command.js';
import type { ByteSource } from '../surroundings.js';
import { ofFile, partOf, transfer, transferOptions, type Moving } from '../volume-transfer.js';

/** @throws Failure when the file cannot be read */
async function* read(file: string, source: ByteSource, limitBytes: number, { moved, signal }: Moving): AsyncGenerator<Uint8Array> {
  const pieces = source.pieces[Symbol.asyncIterator]();
  for (let left = limitBytes; left > 0 && !signal.aborted;) {
    const next = await ofFile(`cannot read ${file}`, pieces.next());
    if (next.done) return;
    const piece = next.value.subarray(0, left);
    left -= piece.length;
    yield piece;
    moved(piece.length);
  }
}

export default command({
  about: 'Overwrite what a volume holds with what is in a file; with --offset and --length a part of it. "-" is standard input.',
  example: 'virtbus vol-upload web.qcow2 debian.qcow2 --pool images',
  options: transferOptions,
  async run({ vol, file, ...where }, context) {
    const { part, name, pool } = await partOf(context, { vol, ...where });
    const source = await ofFile(`cannot read ${file}`, context.surroundings.openSource(file));
    const { lengthBytes: limit = Number.MAX_SAFE_INTEGER } = part;
    const totalBytes = source.sizeBytes === undefined ? undefined : Math.min(source.sizeBytes, limit);
    const state = 'what has been sent stays in the volume';
    try {
      const bytes = await transfer(context, { doing: `cannot upload to volume ${vol}`, state, totalBytes }, async (moving) => {
        const fleet = await context.fleet();
        await fleet.upload(part, read(file, source, limit, moving), moving.signal);
      });
      return { text: '', json: { pool, name, file, bytes } };
    } finally {
      await source.close();
    }
  },
});
