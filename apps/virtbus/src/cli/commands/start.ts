import { command, done } from '../command.js';
import { attachConsole } from '../console-session.js';
import { isActive } from '../core/list-filter.js';
import { Failure } from '../failure.js';
import { findDomain, withDomain } from '../references.js';

export default command({
  about: 'Start a defined domain on a host that can hold it, and wait until it runs.',
  example: 'virtbus start web',
  options: {
    domain: { kind: 'text', required: true, about: 'name or UUID of the domain' },
    console: { kind: 'flag', about: "connect to the guest's console afterwards" },
    paused: { kind: 'flag', about: "leave the guest's processors stopped" },
  },
  async run({ domain: text, console, paused }, context) {
    const { name, uuid, ...domain } = await findDomain(context, text, ['uuid', 'name']);
    if (isActive(domain)) throw new Failure(['Domain is already active'], 'operation_invalid', { libvirt: 55 });
    const result = await withDomain(context, text, `Failed to start domain '${name}'`, async () =>
      context.order('startDomain', { domain: uuid, ...(paused ? { paused } : {}) }),
    );
    const report = done(`Domain '${name}' started`, result);
    return console ? attachConsole(context, await findDomain(context, uuid), { after: report }) : report;
  },
});
