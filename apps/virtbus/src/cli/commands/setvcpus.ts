import { changeOptions, reachOf } from '../change-options.js';
import { command } from '../command.js';
import { domainOption } from '../object-order.js';
import { withDomain } from '../references.js';
import { Failure } from '../failure.js';
import { wholeNumber } from '../core/options.js';

export default command({
  about: 'Change how many processors a domain has: while it runs, they are plugged and pulled.',
  example: 'virtbus setvcpus web 2 --live',
  options: {
    domain: domainOption,
    count: { kind: 'text', required: true, about: 'number of processors' },
    maximum: { kind: 'flag', about: 'the most that it can have, from its next start on' },
    ...changeOptions,
  },
  async run({ domain: text, count, maximum, ...flags }, context) {
    const vcpus = wholeNumber(count);
    if (vcpus === undefined) throw new Failure([`Numeric value '${count}' for <count> option is malformed or out of range`], 'usage');
    const reach = reachOf(flags);
    const json = await withDomain(context, text, undefined, async (domain) =>
      context.order('setDomainVcpus', { domain, vcpus, ...(maximum ? { maximum } : {}), ...reach }),
    );
    return { text: '', json };
  },
});
