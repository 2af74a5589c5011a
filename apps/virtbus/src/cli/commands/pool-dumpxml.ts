import { command } from '../command.js';
import { findPool, poolOption } from '../pool-order.js';

export default command({
  about: 'Print the XML of a storage pool, with the space that there is while it is active.',
  example: 'virtbus pool-dumpxml images',
  options: { pool: poolOption },
  async run({ pool }, context) {
    const { xml } = await findPool(context, pool);
    return { text: `${xml.trimEnd()}\n`, json: { xml } };
  },
});
