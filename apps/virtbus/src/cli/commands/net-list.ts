import type { NetworkSummary } from '@virtbus/contracts';
import { command, told } from '../command.js';
import { chooseNetworks } from '../core/list-filter.js';
import { formatTable } from '../core/text-table.js';
import { Failure } from '../failure.js';

const rowOf = ({ name, active, autostart, persistent }: NetworkSummary): string[] => [
  name,
  active ? 'active' : 'inactive',
  autostart ? 'yes' : 'no',
  persistent ? 'yes' : 'no',
];

export default command({
  about: 'List networks: those that are active, unless an option says which.',
  example: 'virtbus net-list --all',
  options: {
    inactive: { kind: 'flag', about: 'networks that are not active' },
    all: { kind: 'flag', about: 'active networks and those that are not' },
    persistent: { kind: 'flag', about: 'networks with a kept definition' },
    transient: { kind: 'flag', about: 'networks without a kept definition' },
    autostart: { kind: 'flag', about: 'networks that start with the fleet' },
    'no-autostart': { kind: 'flag', about: 'networks that do not' },
    uuid: { kind: 'flag', about: 'print the UUIDs only' },
    name: { kind: 'flag', about: 'print the names only' },
    table: { kind: 'flag', about: 'print a table (the default)' },
  },
  async run(options, context) {
    if ([options.table, options.name, options.uuid].filter(Boolean).length > 1) {
      throw new Failure(['Only one argument from --table, --name and --uuid may be specified.'], 'usage');
    }
    const { networks } = await context.ask('listNetworks', {});
    const chosen = chooseNetworks(networks, options);
    if (options.name || options.uuid) {
      return told(
        chosen.map(({ name, uuid }) => (options.name ? name : uuid)),
        chosen,
      );
    }
    const table = { header: ['Name', 'State', 'Autostart', 'Persistent'], rows: chosen.map(rowOf) };
    return { text: formatTable(table, context.globals.quiet), json: chosen };
  },
});
