import { command } from '../command.js';
import { byteWords } from '../core/byte-words.js';
import { formatFields } from '../core/text-table.js';
import { poolOption, volumeOption, withPool } from '../pool-order.js';

export default command({
  about: 'Show what is known of a volume.',
  example: 'virtbus vol-info disk.qcow2 images',
  options: { volume: volumeOption, pool: poolOption },
  async run({ pool, volume }, context) {
    const known = await withPool({ pool, volume }, undefined, async () => context.ask('getVolume', { pool, volume }));
    const fields: [string, string][] = [
      ['Name', known.name],
      ['Type', known.type],
      ['Capacity', byteWords(known.capacity)],
      ['Allocation', byteWords(known.allocation)],
    ];
    return { text: formatFields(fields), json: known };
  },
});
