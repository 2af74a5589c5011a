import { command, told } from '../command.js';
import { printable } from '../core/display-width.js';
import { Failure } from '../failure.js';
import { findNetwork } from '../references.js';

export default command({
  about: 'Print the name of a network.',
  example: 'virtbus net-name 81ff0d90-c91e-6742-64da-4a736edb9a9b',
  options: { network: { kind: 'text', required: true, about: 'UUID of the network' } },
  async run({ network: text }, context) {
    const network = await findNetwork(context, text, ['uuid']);
    if (!network) throw new Failure([`failed to get network '${text}'`], 'no_network', { libvirt: 43 });
    return told([printable(network.name)], { name: network.name });
  },
});
