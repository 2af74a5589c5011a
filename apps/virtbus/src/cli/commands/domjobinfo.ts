import { command } from '../command.js';
import { isActive } from '../core/list-filter.js';
import { domainOption } from '../object-order.js';
import { notRunning } from '../read-stats.js';
import { findDomain } from '../references.js';

export default command({
  about: 'Show what long work is being done on a running domain. No order of the fleet is such work, so there is none.',
  example: 'virtbus domjobinfo web',
  options: { domain: domainOption },
  async run({ domain: text }, context) {
    if (!isActive(await findDomain(context, text))) throw notRunning();
    return { text: `${'Job type:'.padEnd(17)} None\n`, json: { type: 'none' } };
  },
});
