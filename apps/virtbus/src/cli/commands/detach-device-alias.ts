import { command, done } from '../command.js';
import { configOption, currentOption, liveOption, scopeOf } from '../change-scope.js';
import { domainOption } from '../object-order.js';
import { withDomain } from '../references.js';

export default command({
  about: 'Unplug the device that has an alias.',
  example: 'virtbus detach-device-alias web net1 --live',
  options: {
    domain: domainOption,
    alias: { kind: 'text', required: true, about: 'device alias' },
    config: configOption,
    live: liveOption,
    current: currentOption,
  },
  async run({ domain: text, alias, ...flags }, context) {
    const scope = scopeOf(flags, false, {});
    const result = await withDomain(context, text, `Failed to detach device with alias ${alias}`, async (domain) =>
      context.order('detachDevice', { domain, alias, ...scope }),
    );
    return done('Device detach request sent successfully', result);
  },
});
