import { domainOrder } from '../object-order.js';

export default domainOrder('suspendDomain', {
  about: "Stop the guest's processors. Its memory stays, and resume goes on where it was.",
  example: 'virtbus suspend web',
  failure: 'Failed to suspend domain',
  success: 'suspended',
});
