import { command, done } from '../command.js';
import { buildOf, buildOptions, poolOption, withPool } from '../pool-order.js';

export default command({
  about: 'Make the directory of a pool, on the host that answers for it.',
  example: 'virtbus pool-build images',
  options: { pool: poolOption, ...buildOptions },
  async run({ pool, ...flags }, context) {
    const build = buildOf(false, flags);
    const result = await withPool(pool, `Failed to build pool ${pool}`, async () =>
      context.order('buildPool', { pool, ...(build ? { build } : {}) }),
    );
    return done(`Pool ${pool} built`, result);
  },
});
