import { deviceOrder } from '../device-order.js';

export default deviceOrder({
  about: 'Plug the device of an XML file into a domain: into the running guest unless options say otherwise.',
  example: 'virtbus attach-device web nic.xml --live --config',
  verb: 'attach',
});
