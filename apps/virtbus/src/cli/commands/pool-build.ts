import { poolOrder } from '../pool-order.js';

export default poolOrder('buildPool', {
  about: 'Make the directory of a pool, on the host that answers for it.',
  example: 'virtbus pool-build images',
  failure: 'Failed to build pool',
  success: 'built',
});
