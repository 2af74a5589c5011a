import { command, told } from '../command.js';
import { findNetwork, networkMissing } from '../references.js';

export default command({
  about: 'Print the UUID of a network.',
  example: 'virtbus net-uuid lab',
  options: { network: { kind: 'text', required: true, about: 'name of the network' } },
  async run({ network: text }, context) {
    const network = await findNetwork(context, text, ['name']);
    if (!network) throw networkMissing(text);
    return told([network.uuid], { uuid: network.uuid });
  },
});
