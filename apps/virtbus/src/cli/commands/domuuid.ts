import { command, told } from '../command.js';
import { findDomain } from '../references.js';

export default command({
  about: 'Print the UUID of a domain.',
  example: 'virtbus domuuid web',
  options: { domain: { kind: 'text', required: true, about: 'number or name of the domain' } },
  async run({ domain }, context) {
    const { uuid } = await findDomain(context, domain, ['id', 'name']);
    return told([uuid], { uuid });
  },
});
