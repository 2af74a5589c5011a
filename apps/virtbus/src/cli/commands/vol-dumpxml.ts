import { command } from '../command.js';
import { poolOption, volumeOption, withPool } from '../pool-order.js';

export default command({
  about: 'Print the XML of a volume.',
  example: 'virtbus vol-dumpxml disk.qcow2 images',
  options: { volume: volumeOption, pool: poolOption },
  async run({ pool, volume }, context) {
    const { xml } = await withPool({ pool, volume }, undefined, async () => context.ask('getVolume', { pool, volume }));
    return { text: `${xml.trimEnd()}\n`, json: { xml } };
  },
});
