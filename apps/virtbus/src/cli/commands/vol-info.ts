import { command } from '../command.js';
import { byteWords } from '../core/byte-words.js';
import { formatFields } from '../core/text-table.js';
import { findVolume, ofPoolOption, volumeOption } from '../volume-reference.js';

export default command({
  about: 'Show what is known of a volume.',
  example: 'virtbus vol-info disk.qcow2 --pool images',
  options: {
    vol: volumeOption,
    pool: ofPoolOption,
    bytes: { kind: 'flag', about: 'sizes in bytes' },
    physical: { kind: 'flag', about: 'the size of the file in place of what it takes up' },
  },
  async run({ vol, pool, bytes, physical }, context) {
    const { volume } = await findVolume(context, { vol, pool });
    const words = (count: number): string => (bytes ? `${count} bytes` : byteWords(count));
    const fields: [string, string][] = [
      ['Name', volume.name],
      ['Type', volume.type],
      ['Capacity', words(volume.capacity)],
      physical ? ['Physical', words(volume.physical)] : ['Allocation', words(volume.allocation)],
    ];
    return { text: formatFields(fields), json: volume };
  },
});
