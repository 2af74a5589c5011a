import { command } from '../command.js';
import { commands } from '../command-table.js';
import { commandHelp } from '../core/help.js';
import { suggest } from '../core/suggest.js';
import { Failure } from '../failure.js';
import { groupHelpText, helpText } from '../help-pages.js';

async function pageOf(name: string): Promise<string | undefined> {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!entry) return groupHelpText(name);
  const { default: described } = await entry.load();
  return commandHelp({ name, summary: entry.summary, ...described });
}

export default command({
  about: 'Describe every command in a line each, or one command, or the commands of one group.',
  example: 'virtbus help start',
  options: { command: { kind: 'text', about: 'a command, or the keyword of a group' } },
  async run({ command: name }) {
    const page = name === undefined ? helpText() : await pageOf(name);
    if (page !== undefined) return { text: page, json: { help: page } };
    const meant = suggest(name ?? '', Object.keys(commands));
    throw new Failure(
      [`command or command group '${name}' doesn't exist`],
      'usage',
      meant === undefined ? {} : { hint: `Did you mean '${meant}'?` },
    );
  },
});
