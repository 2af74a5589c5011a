import { deviceOrder } from '../device-order.js';

export default deviceOrder({
  about: 'Change a device to what an XML file says: of a running guest what can change while it runs.',
  example: 'virtbus update-device web nic.xml --live',
  verb: 'update',
  otherwise: {},
});
