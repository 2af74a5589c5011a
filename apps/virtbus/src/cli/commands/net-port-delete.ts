import { isLibvirtUuid } from '@virtbus/contracts';
import { command, done } from '../command.js';
import { Failure } from '../failure.js';
import { networkOption } from '../object-order.js';
import { withNetwork } from '../references.js';

export default command({
  about: 'Give back a port that was made by hand. The port of an interface goes with the interface.',
  example: 'virtbus net-port-delete lab 4dd41997-8b1a-4f0e-9f0a-3c1f9c8f2a11',
  options: { network: networkOption, port: { kind: 'text', required: true, about: 'UUID of the port' } },
  async run({ network, port }, context) {
    const isUuid: boolean = isLibvirtUuid(port);
    if (!isUuid) throw new Failure([`failed to get network port '${port}'`], 'no_network_port', { libvirt: 107 });
    const result = await withNetwork(network, `Failed to delete network port ${port}`, async () =>
      context.order('deleteNetworkPort', { network, port }),
    );
    return done(`Network port ${port} deleted`, result);
  },
});
