import { command, done } from '../command.js';
import { networkOption } from '../object-order.js';
import { withNetwork } from '../references.js';

export default command({
  about: 'Let the network be active from the moment the fleet is up, or no longer.',
  example: 'virtbus net-autostart lab',
  options: { network: networkOption, disable: { kind: 'flag', about: 'no longer start it with the fleet' } },
  async run({ network, disable }, context) {
    const verb = disable ? 'unmark' : 'mark';
    const result = await withNetwork(network, `failed to ${verb} network ${network} as autostarted`, async () =>
      context.order('setNetworkAutostart', { network, autostart: !disable }),
    );
    return done(`Network ${network} ${verb}ed as autostarted`, result);
  },
});
