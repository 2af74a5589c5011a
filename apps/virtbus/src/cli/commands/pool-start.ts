import { command, done } from '../command.js';
import { buildOf, buildOptions, poolOption, withPool } from '../pool-order.js';

export default command({
  about: 'Use a storage pool: each host that has its directory says what is in it.',
  example: 'virtbus pool-start images --build',
  options: { pool: poolOption, build: { kind: 'flag', about: 'make the directory first' }, ...buildOptions },
  async run({ pool, build: wanted, ...flags }, context) {
    const build = buildOf(wanted, flags);
    const result = await withPool(pool, `Failed to start pool ${pool}`, async () =>
      context.order('startPool', { pool, ...(build ? { build } : {}) }),
    );
    return done(`Pool ${pool} started`, result);
  },
});
