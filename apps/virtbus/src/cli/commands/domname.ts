import { printable } from '../core/display-width.js';
import { command, told } from '../command.js';
import { findDomain } from '../references.js';

export default command({
  about: 'Print the name of a domain.',
  example: 'virtbus domname 17',
  options: { domain: { kind: 'text', required: true, about: 'number or UUID of the domain' } },
  async run({ domain }, context) {
    const { name } = await findDomain(context, domain, ['id', 'uuid']);
    return told([printable(name)], { name });
  },
});
