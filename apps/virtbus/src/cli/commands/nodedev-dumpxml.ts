import { command } from '../command.js';
import { Failure } from '../failure.js';

export default command({
  about: 'Print the XML of a device of the node. The fleet as one machine has none.',
  example: 'virtbus nodedev-dumpxml pci_0000_03_00_0',
  options: { device: { kind: 'text', required: true, about: 'name of the device' } },
  async run({ device }, context) {
    await context.fleet();
    const words = `Node device not found: no node device with matching name '${device}'`;
    throw new Failure([`Could not find matching device '${device}'`, words], 'no_node_device', { libvirt: 53 });
  },
});
