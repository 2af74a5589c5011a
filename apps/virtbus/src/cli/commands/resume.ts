import { domainOrder } from '../object-order.js';

export default domainOrder('resumeDomain', {
  about: "Let the guest's processors run again after suspend or start --paused.",
  example: 'virtbus resume web',
  failure: 'Failed to resume domain',
  success: 'resumed',
});
