import { command } from '../command.js';
import { formatTable } from '../core/text-table.js';

export default command({
  about: 'List network filters.',
  example: 'virtbus nwfilter-list',
  options: {},
  async run(_, context) {
    const { filters } = await context.ask('listNwfilters', {});
    const table = { header: ['UUID', 'Name'], rows: filters.map(({ uuid, name }) => [uuid, name]) };
    return { text: formatTable(table, context.globals.quiet), json: filters };
  },
});
