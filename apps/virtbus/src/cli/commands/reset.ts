import { domainOrder } from '../object-order.js';

export default domainOrder('resetDomain', {
  about: 'Press the reset button: the guest starts over at once, without being asked.',
  example: 'virtbus reset web',
  failure: 'Failed to reset domain',
  success: 'was reset',
});
