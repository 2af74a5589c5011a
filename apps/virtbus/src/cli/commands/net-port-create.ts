import { command, done } from '../command.js';
import { readXml } from '../input-file.js';
import { networkOption } from '../object-order.js';
import { withNetwork } from '../references.js';

export default command({
  about: `Make a port of an active network that no interface of a domain has: for what is plugged in by hand.

Its MAC address and what the network lends for it are taken until the port is deleted, or the network stops. It is on the host that its XML
names (<virtbus:placement xmlns:virtbus="urn:virtbus:port:1" host="host-b"/>), else where its owner runs, else on the fleet's only one.`,
  example: 'virtbus net-port-create lab port.xml',
  options: {
    network: networkOption,
    file: { kind: 'text', required: true, about: 'file with the XML; - is standard input' },
  },
  async run({ network, file }, context) {
    const xml = await readXml(context, file);
    // virsh says network for port here.
    const result = await withNetwork(network, `Failed to create network from ${file}`, async () =>
      context.order('createNetworkPort', { network, xml }),
    );
    return done(`Network port ${result.uuid} created from ${file}`, result);
  },
});
