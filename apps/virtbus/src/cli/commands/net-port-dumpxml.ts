import { command } from '../command.js';
import { networkOption } from '../object-order.js';
import { withNetwork } from '../references.js';

export default command({
  about: 'Print the XML of a port of an active network.',
  example: 'virtbus net-port-dumpxml lab 4dd41997-8b1a-4f0e-9f0a-3c1f9c8f2a11',
  options: { network: networkOption, port: { kind: 'text', required: true, about: 'UUID of the port' } },
  async run({ network, port }, context) {
    const { xml } = await withNetwork(network, `failed to get port '${port}'`, async () =>
      context.ask('getNetworkPortXml', { network, port }),
    );
    return { text: `${xml.trimEnd()}\n`, json: { xml } };
  },
});
