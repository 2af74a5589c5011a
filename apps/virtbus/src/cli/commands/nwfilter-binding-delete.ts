import { command, done } from '../command.js';
import { bindingOption, hostOption, linkOf, withBinding } from '../nwfilter-references.js';

export default command({
  about: "Take a network filter off a link that somebody has put there by hand. Those of guests' interfaces are changed with them.",
  example: 'virtbus nwfilter-binding-delete veth0',
  options: { binding: bindingOption, host: hostOption },
  async run({ binding, host }, context) {
    const doing = `Failed to delete network filter binding on ${binding}`;
    const result = await withBinding(binding, doing, async () => context.order('deleteNwfilterBinding', linkOf(binding, host)));
    return done(`Network filter binding on ${binding} deleted`, result);
  },
});
