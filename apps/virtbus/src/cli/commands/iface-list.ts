import { command } from '../command.js';
import { formatTable } from '../core/text-table.js';

export default command({
  about: 'List interfaces of the node. The fleet as one machine has none: hosts keep their own.',
  example: 'virtbus iface-list --all',
  options: {
    inactive: { kind: 'flag', about: 'list inactive interfaces' },
    all: { kind: 'flag', about: 'list inactive & active interfaces' },
  },
  async run(_, context) {
    await context.fleet();
    return { text: formatTable({ header: ['Name', 'State', 'MAC Address'], rows: [] }, context.globals.quiet), json: [] };
  },
});
