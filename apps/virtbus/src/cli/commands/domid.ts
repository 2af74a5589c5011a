import { command, told } from '../command.js';
import { findDomain } from '../references.js';

export default command({
  about: 'Print the number of an active domain, or a dash.',
  example: 'virtbus domid web',
  options: { domain: { kind: 'text', required: true, about: 'name or UUID of the domain' } },
  async run({ domain }, context) {
    const { id } = await findDomain(context, domain, ['uuid', 'name']);
    return told([id === undefined ? '-' : String(id)], { id: id ?? null });
  },
});
