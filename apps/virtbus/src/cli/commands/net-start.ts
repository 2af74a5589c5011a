import { networkOrder } from '../object-order.js';

export default networkOrder('startNetwork', {
  about: 'Let domains connect to the network. Its bridge appears on a host with the first interface there.',
  example: 'virtbus net-start lab',
  failure: 'Failed to start network',
  success: 'started',
});
