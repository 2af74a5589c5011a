import { command } from '../command.js';
import { isActive } from '../core/list-filter.js';
import { domainOption } from '../object-order.js';
import { notRunning } from '../read-stats.js';
import { findDomain } from '../references.js';

export default command({
  about: 'Show whether a running domain can be given orders now.',
  example: 'virtbus domcontrol web',
  options: { domain: domainOption },
  async run({ domain: text }, context) {
    if (!isActive(await findDomain(context, text))) throw notRunning();
    return { text: 'ok\n', json: { state: 'ok' } };
  },
});
