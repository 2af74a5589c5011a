import { poolOrder } from '../pool-order.js';

export default poolOrder('undefinePool', {
  about: 'Forget the definition of a pool that is not active. Its directory stays.',
  example: 'virtbus pool-undefine images',
  failure: 'Failed to undefine pool',
  success: 'has been undefined',
});
