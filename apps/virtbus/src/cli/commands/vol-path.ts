import { command, told } from '../command.js';
import { printable } from '../core/display-width.js';
import { findVolume, ofPoolOption, volumeOption } from '../volume-reference.js';

export default command({
  about: 'Print where the file of a volume is.',
  example: 'virtbus vol-path disk.qcow2 --pool images',
  options: { vol: volumeOption, pool: ofPoolOption },
  async run(words, context) {
    const { path } = await findVolume(context, words);
    return told([printable(path)], { path });
  },
});
