import { networkOrder } from '../object-order.js';

export default networkOrder('destroyNetwork', {
  about: 'Stop the network: its bridges and addresses go from every host. Domains keep running, unconnected.',
  example: 'virtbus net-destroy lab',
  failure: 'Failed to destroy network',
  success: 'destroyed',
});
