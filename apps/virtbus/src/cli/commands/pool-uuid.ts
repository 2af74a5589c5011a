import { command, told } from '../command.js';
import { findPool } from '../pool-order.js';

export default command({
  about: 'Print the UUID of a storage pool.',
  example: 'virtbus pool-uuid images',
  options: { pool: { kind: 'text', required: true, about: 'name of the storage pool' } },
  async run({ pool }, context) {
    const { uuid } = await findPool(context, pool, ['name']);
    return told([uuid], { uuid });
  },
});
