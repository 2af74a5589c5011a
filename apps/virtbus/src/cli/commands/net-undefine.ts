import { networkOrder } from '../object-order.js';

export default networkOrder('undefineNetwork', {
  about: 'Forget the definition. A network that is active goes on as a transient one.',
  example: 'virtbus net-undefine lab',
  failure: 'Failed to undefine network',
  success: 'has been undefined',
});
