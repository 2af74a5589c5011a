import { poolOrder } from '../pool-order.js';

export default poolOrder('destroyPool', {
  about: 'Use the pool no more. Nothing in its directory changes.',
  example: 'virtbus pool-destroy images',
  failure: 'Failed to destroy pool',
  success: 'destroyed',
});
