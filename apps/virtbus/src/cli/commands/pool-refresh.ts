import { poolOrder } from '../pool-order.js';

export default poolOrder('refreshPool', {
  about: 'Look anew at what is in the pool’s directory.',
  example: 'virtbus pool-refresh images',
  failure: 'Failed to refresh pool',
  success: 'refreshed',
});
