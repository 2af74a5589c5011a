import { command, told } from '../command.js';
import { printable } from '../core/display-width.js';
import { findVolume, ofPoolOption, volumeOption } from '../volume-reference.js';

export default command({
  about: "Print a volume's key: where its file is.",
  example: 'virtbus vol-key disk.qcow2 --pool images',
  options: { vol: volumeOption, pool: ofPoolOption },
  async run(words, context) {
    const { path } = await findVolume(context, words);
    return told([printable(path)], { key: path });
  },
});
