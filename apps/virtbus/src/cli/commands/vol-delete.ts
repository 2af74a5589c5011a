import { command, done } from '../command.js';
import { poolOption, volumeOption, withPool } from '../pool-order.js';

export default command({
  about: 'Remove a volume.',
  example: 'virtbus vol-delete disk.qcow2 images',
  options: { volume: volumeOption, pool: poolOption },
  async run({ pool, volume }, context) {
    const result = await withPool({ pool, volume }, `Failed to delete vol ${volume}`, async () =>
      context.order('deleteVolume', { pool, volume }),
    );
    return done(`Vol ${volume} deleted`, result);
  },
});
