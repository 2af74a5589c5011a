import { command } from '../command.js';
import { formatTable } from '../core/text-table.js';

export default command({
  about: 'List the links of running guests that have a network filter, on every host. --json says which host.',
  example: 'virtbus nwfilter-binding-list',
  options: {},
  async run(_, context) {
    const { bindings } = await context.ask('listNwfilterBindings', {});
    const table = { header: ['Port Dev', 'Filter'], rows: bindings.map(({ portDev, filter }) => [portDev, filter]) };
    return { text: formatTable(table, context.globals.quiet), json: bindings };
  },
});
