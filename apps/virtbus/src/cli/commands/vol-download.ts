import { command } from '../command.js';
import { lengthOf, type Piece } from '../fleet.js';
import { ofFile, partOf, transfer, transferOptions } from '../volume-transfer.js';

export default command({
  about:
    'Read what a volume holds into a file. The file has its name only once all of it is there; what was there before stays until then.',
  example: 'virtbus vol-download web.qcow2 web.copy --pool images',
  options: transferOptions,
  async run({ vol, file, sparse, ...where }, context) {
    const { part: whole, name, pool, leftBytes } = await partOf(context, { vol, ...where });
    const part = { ...whole, sparse };
    const target = await ofFile(`cannot create ${file}`, context.surroundings.createTarget(file));
    const state = `'${file}' is not written`;
    const totalBytes = Math.min(leftBytes, part.lengthBytes ?? leftBytes);
    try {
      const bytes = await transfer(
        context,
        { doing: `cannot download from volume ${vol}`, state, totalBytes },
        async ({ signal, moved }) => {
          const take = async (piece: Piece): Promise<void> => {
            await ofFile(`cannot write ${file}`, 'hole' in piece ? target.skip(piece.hole) : target.write(piece));
            moved(lengthOf(piece));
          };
          const fleet = await context.fleet();
          await fleet.download(part, take, signal);
          await ofFile(`cannot write ${file}`, target.keep());
        },
      );
      return { text: '', json: { pool, name, file, bytes } };
    } finally {
      await target.drop();
    }
  },
});
