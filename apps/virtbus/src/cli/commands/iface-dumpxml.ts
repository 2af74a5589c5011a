import { command } from '../command.js';
import { Failure } from '../failure.js';

const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i;

export default command({
  about: 'Print the XML of an interface of the node. The fleet as one machine has none.',
  example: 'virtbus iface-dumpxml eth0',
  options: {
    interface: { kind: 'text', required: true, about: 'interface name or MAC address' },
    inactive: { kind: 'flag', about: 'as it is defined' },
  },
  async run({ interface: text }, context) {
    await context.fleet();
    const by = MAC.test(text) ? 'with MAC address' : 'named';
    const words = `Interface not found: couldn't find interface ${by} '${text}'`;
    throw new Failure([`failed to get interface '${text}'`, words], 'no_interface', { libvirt: 64 });
  },
});
