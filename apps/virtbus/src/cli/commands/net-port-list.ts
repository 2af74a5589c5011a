import { command, told } from '../command.js';
import { formatTable } from '../core/text-table.js';
import { Failure } from '../failure.js';
import { networkOption } from '../object-order.js';
import { withNetwork } from '../references.js';

export default command({
  about: 'List the ports of an active network: the connections that it has granted.',
  example: 'virtbus net-port-list lab',
  options: {
    network: networkOption,
    uuid: { kind: 'flag', about: 'print the UUIDs only' },
    table: { kind: 'flag', about: 'print a table (the default)' },
  },
  async run({ network, uuid, table }, context) {
    if (uuid && table) throw new Failure(['Only one argument from --table and --uuid may be specified.'], 'usage');
    const { ports } = await withNetwork(network, 'Failed to list network ports', async () => context.ask('listNetworkPorts', { network }));
    const uuids = ports.map((port) => port.uuid);
    if (uuid) return told(uuids, ports);
    return { text: formatTable({ header: ['UUID'], rows: uuids.map((each) => [each]) }, context.globals.quiet), json: ports };
  },
});
