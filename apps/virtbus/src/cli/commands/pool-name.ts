import { command, told } from '../command.js';
import { printable } from '../core/display-width.js';
import { findPool } from '../pool-order.js';

export default command({
  about: 'Print the name of a storage pool.',
  example: 'virtbus pool-name 9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f041',
  options: { pool: { kind: 'text', required: true, about: 'UUID of the storage pool' } },
  async run({ pool }, context) {
    const { name } = await findPool(context, pool, ['uuid']);
    return told([printable(name)], { name });
  },
});
