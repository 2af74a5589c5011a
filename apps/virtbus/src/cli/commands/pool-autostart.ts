import { command, done } from '../command.js';
import { poolOption, withPool } from '../pool-order.js';

export default command({
  about: 'Let the pool be active from the moment the fleet is up, or no longer.',
  example: 'virtbus pool-autostart images',
  options: { pool: poolOption, disable: { kind: 'flag', about: 'no longer start it with the fleet' } },
  async run({ pool, disable }, context) {
    const verb = disable ? 'unmark' : 'mark';
    const result = await withPool(pool, `failed to ${verb} pool ${pool} as autostarted`, async () =>
      context.order('setPoolAutostart', { pool, autostart: !disable }),
    );
    return done(`Pool ${pool} ${verb}ed as autostarted`, result);
  },
});
