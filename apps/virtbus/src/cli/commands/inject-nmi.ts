import { command } from '../command.js';
import { domainOption } from '../object-order.js';
import { withDomain } from '../references.js';

export default command({
  about: 'Send a non-maskable interrupt to a running guest.',
  example: 'virtbus inject-nmi web',
  options: { domain: domainOption },
  async run({ domain: text }, context) {
    const json = await withDomain(context, text, undefined, async (domain) => context.order('injectNmi', { domain }));
    return { text: '', json };
  },
});
