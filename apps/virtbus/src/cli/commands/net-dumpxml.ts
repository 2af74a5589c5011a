import { command } from '../command.js';
import { networkOption } from '../object-order.js';
import { withNetwork } from '../references.js';

export default command({
  about: 'Print the XML of a network: as it is active, else as it is defined.',
  example: 'virtbus net-dumpxml lab',
  options: { network: networkOption, inactive: { kind: 'flag', about: 'as it is defined, also while it is active' } },
  async run({ network, inactive }, context) {
    const { xml } = await withNetwork(network, undefined, async () => context.ask('getNetworkXml', { network, inactive }));
    return { text: `${xml.trimEnd()}\n`, json: { xml } };
  },
});
