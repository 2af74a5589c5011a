import { command, done } from '../command.js';
import { domainOption } from '../object-order.js';
import { withDomain } from '../references.js';

export default command({
  about: 'Wake a guest that sleeps.',
  example: 'virtbus dompmwakeup web',
  options: { domain: domainOption },
  async run({ domain: text }, context) {
    const result = await withDomain(context, text, `Domain '${text}' could not be woken up`, async (domain) =>
      context.order('wakeGuest', { domain }),
    );
    return done(`Domain '${text}' successfully woken up`, result);
  },
});
