import { command } from '../command.js';
import { byteWords } from '../core/byte-words.js';
import { formatTable } from '../core/text-table.js';
import { findPool, poolOption, withPool } from '../pool-order.js';

export default command({
  about: 'List the volumes of an active storage pool.',
  example: 'virtbus vol-list images --details',
  options: { pool: poolOption, details: { kind: 'flag', about: 'with their types and sizes' } },
  async run({ pool, details }, context) {
    const { path } = await findPool(context, pool);
    const { volumes } = await withPool(pool, 'Failed to list volumes', async () => context.ask('listVolumes', { pool }));
    const table = {
      header: ['Name', 'Path', ...(details ? ['Type', 'Capacity', 'Allocation'] : [])],
      rows: volumes.map(({ name, type, capacity, allocation }) => [
        name,
        `${path}/${name}`,
        ...(details ? [type, byteWords(capacity), byteWords(allocation)] : []),
      ]),
    };
    return { text: formatTable(table, context.globals.quiet), json: volumes };
  },
});
