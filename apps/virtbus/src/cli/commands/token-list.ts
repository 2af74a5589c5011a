import { command } from '../command.js';
import { formatTable } from '../core/text-table.js';

export default command({
  about: 'List the API tokens: what each stands for, never its secret.',
  example: 'virtbus token-list',
  options: {},
  async run(_, context) {
    const { tokens } = await context.ask('listTokens', {});
    const rows = tokens.map(({ id, name, role, projects, expiresAt }) => [id, name, role, projects?.join(',') ?? 'all', expiresAt ?? '-']);
    return { text: formatTable({ header: ['Id', 'Name', 'Role', 'Projects', 'Expires'], rows }, context.globals.quiet), json: tokens };
  },
});
