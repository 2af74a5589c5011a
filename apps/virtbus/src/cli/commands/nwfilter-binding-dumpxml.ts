import { command } from '../command.js';
import { failed } from '../failure.js';
import { bindingOption, hostOption, linkOf } from '../nwfilter-references.js';

export default command({
  about: 'Print which network filter a link has, and with which parameters.',
  example: 'virtbus nwfilter-binding-dumpxml vnet0',
  options: {
    binding: bindingOption,
    host: hostOption,
  },
  async run({ binding, host }, context) {
    try {
      const { xml } = await context.ask('getNwfilterBindingXml', linkOf(binding, host));
      return { text: `${xml.trimEnd()}\n`, json: { xml } };
    } catch (error) {
      throw failed(`failed to get nwfilter binding '${binding}'`, error);
    }
  },
});
