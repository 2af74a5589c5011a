import { domainOrder } from '../object-order.js';

export default domainOrder('undefineDomain', {
  about: 'Forget the definition. A domain that runs goes on as a transient one.',
  example: 'virtbus undefine web',
  failure: 'Failed to undefine domain',
  success: 'has been undefined',
});
