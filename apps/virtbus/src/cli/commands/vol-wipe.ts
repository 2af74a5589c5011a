import { command, done } from '../command.js';
import { poolOption, volumeOption, withPool } from '../pool-order.js';

export default command({
  about: 'Overwrite a volume with zeros.',
  example: 'virtbus vol-wipe disk.qcow2 images',
  options: { volume: volumeOption, pool: poolOption },
  async run({ pool, volume }, context) {
    const result = await withPool({ pool, volume }, `Failed to wipe vol ${volume}`, async () =>
      context.order('wipeVolume', { pool, volume }),
    );
    return done(`Vol ${volume} wiped`, result);
  },
});
