import { hostOrder } from '../host-order.js';

export default hostOrder('cordonHost', {
  about: 'Close a host to new domains. Those that it holds stay.',
  example: 'virtbus cordon host-a',
  verb: 'cordon',
});
