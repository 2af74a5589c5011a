import { command, type Report } from '../command.js';
import { commands } from '../command-table.js';
import { commandHelp } from '../core/help.js';
import { suggest } from '../core/suggest.js';
import { Failure } from '../failure.js';
import { groupHelpText, helpText, pageOf } from '../help-pages.js';

async function textAbout(name: string): Promise<string> {
  const page = await pageOf(name);
  const text = page ? commandHelp(page) : groupHelpText(name);
  if (text !== undefined) return text;
  const meant = suggest(name, Object.keys(commands));
  const hint = meant === undefined ? {} : { hint: `Did you mean '${meant}'?` };
  throw new Failure([`command or command group '${name}' doesn't exist`], 'usage', hint);
}

export default command({
  about: 'Describe every command in a line each, or one command, or the commands of one group.',
  example: 'virtbus help start',
  options: { command: { kind: 'text', about: 'a command, or the keyword of a group' } },
  async run({ command: name }): Promise<Report> {
    const help = name === undefined ? helpText() : await textAbout(name);
    return { text: help, json: { help } };
  },
});
