import { deviceOrder } from '../device-order.js';

export default deviceOrder({
  about: 'Unplug the device of an XML file. A guest that is slow to let go does so later: the event device-removed tells when.',
  example: 'virtbus detach-device web nic.xml --live --config',
  verb: 'detach',
});
