import { command, done } from '../command.js';
import { attachConsole } from '../console-session.js';
import { failed } from '../failure.js';
import { readXml } from '../input-file.js';
import { findDomain } from '../references.js';

export default command({
  about: 'Start a domain whose definition goes when it stops.',
  example: 'virtbus create web.xml --paused',
  options: {
    file: { kind: 'text', required: true, about: 'file with the XML; - is standard input' },
    console: { kind: 'flag', about: "connect to the guest's console afterwards" },
    paused: { kind: 'flag', about: "leave the guest's processors stopped" },
  },
  async run({ file, console, paused }, context) {
    const xml = await readXml(context, file);
    const result = await context.order('createDomain', { xml, ...(paused ? { paused } : {}) }).catch((error: unknown) => {
      throw failed(`Failed to create domain from ${file}`, error);
    });
    const report = done(`Domain '${result.name}' created from ${file}`, result);
    return console ? attachConsole(context, await findDomain(context, result.uuid), { after: report }) : report;
  },
});
