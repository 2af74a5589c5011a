import { command } from '../command.js';
import { editDefinition } from '../edit-definition.js';
import { networkOption } from '../object-order.js';
import { findNetwork, networkMissing } from '../references.js';

export default command({
  about:
    'Change the definition of a network in an editor: the one that VISUAL or EDITOR names. What somebody else has changed meanwhile is not replaced unasked.',
  example: 'virtbus net-edit lab',
  options: { network: networkOption },
  async run({ network: text }, context) {
    const network = await findNetwork(context, text, ['uuid', 'name']);
    if (!network) throw networkMissing(text);
    return editDefinition(context, {
      what: `Network ${network.name}`,
      read: async () => context.ask('getNetworkXml', { network: network.uuid, inactive: true }),
      define: async (xml, revision) => context.order('defineNetwork', { xml, ...(revision === undefined ? {} : { revision }) }),
    });
  },
});
