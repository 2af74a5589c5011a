import { command } from '../command.js';
import { findVolume, ofPoolOption, volumeOption } from '../volume-reference.js';

export default command({
  about: 'Print the XML of a volume.',
  example: 'virtbus vol-dumpxml disk.qcow2 --pool images',
  options: { vol: volumeOption, pool: ofPoolOption },
  async run(words, context) {
    const { xml } = (await findVolume(context, words)).volume;
    return { text: `${xml.trimEnd()}\n`, json: { xml } };
  },
});
