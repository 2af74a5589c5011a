import { command, done } from '../command.js';
import { nwfilterOption, withNwfilter } from '../nwfilter-references.js';

export default command({
  about: 'Forget a network filter that no link has.',
  example: 'virtbus nwfilter-undefine mine',
  options: { nwfilter: nwfilterOption },
  async run({ nwfilter }, context) {
    const doing = `Failed to undefine network filter ${nwfilter}`;
    const result = await withNwfilter(nwfilter, doing, async () => context.order('undefineNwfilter', { filter: nwfilter }));
    return done(`Network filter ${nwfilter} undefined`, result);
  },
});
