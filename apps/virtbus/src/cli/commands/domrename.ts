import { command, done } from '../command.js';
import { domainOption } from '../object-order.js';
import { withDomain } from '../references.js';

export default command({
  about: 'Give a domain another name. It must not be active, and stays the same domain: its UUID, disks and addresses do not change.',
  example: 'virtbus domrename web web-old',
  options: { domain: domainOption, 'new-name': { kind: 'text', required: true, about: 'new domain name' } },
  async run({ domain: text, 'new-name': name }, context) {
    const result = await withDomain(context, text, undefined, async (domain) => context.order('renameDomain', { domain, name }));
    return done('Domain successfully renamed', result);
  },
});
