import { command, done } from '../command.js';
import { domainOption } from '../object-order.js';
import { withDomain } from '../references.js';

export default command({
  about: 'Let the domain start with the fleet, or no longer.',
  example: 'virtbus autostart web --disable',
  options: { domain: domainOption, disable: { kind: 'flag', about: 'no longer start it with the fleet' } },
  async run({ domain: text, disable }, context) {
    const verb = disable ? 'unmark' : 'mark';
    const result = await withDomain(context, text, `Failed to ${verb} domain '${text}' as autostarted`, async (domain) =>
      context.order('setDomainAutostart', { domain, autostart: !disable }),
    );
    return done(`Domain '${text}' ${verb}ed as autostarted`, result);
  },
});
