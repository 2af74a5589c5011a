import { domainOrder } from '../object-order.js';

export default domainOrder('destroyDomain', {
  about: 'Pull the plug. The definition stays, unless the domain was transient.',
  example: 'virtbus destroy web',
  failure: 'Failed to destroy domain',
  success: 'destroyed',
});
