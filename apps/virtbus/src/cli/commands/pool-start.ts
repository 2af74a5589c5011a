import { command, done } from '../command.js';
import { poolOption, withPool } from '../pool-order.js';

export default command({
  about: 'Use a storage pool: each host that has its directory says what is in it.',
  example: 'virtbus pool-start images --build',
  options: { pool: poolOption, build: { kind: 'flag', about: 'make the directory first' } },
  async run({ pool, build }, context) {
    const result = await withPool({ pool }, `Failed to start pool ${pool}`, async () =>
      context.order('startPool', { pool, ...(build ? { build: 'new' } : {}) }),
    );
    return done(`Pool ${pool} started`, result);
  },
});
