import { poolOrder } from '../pool-order.js';

export default poolOrder('deletePool', {
  about: 'Remove the empty directory of a pool that is not active.',
  example: 'virtbus pool-delete images',
  failure: 'Failed to delete pool',
  success: 'deleted',
});
