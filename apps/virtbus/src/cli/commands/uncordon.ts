import { hostOrder } from '../host-order.js';

export default hostOrder('uncordonHost', {
  about: 'Open a host to new domains again.',
  example: 'virtbus uncordon host-a',
  verb: 'uncordon',
});
