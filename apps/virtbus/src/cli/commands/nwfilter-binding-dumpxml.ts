import { command } from '../command.js';
import { failed } from '../failure.js';

export default command({
  about: 'Print which network filter a link has, and with which parameters.',
  example: 'virtbus nwfilter-binding-dumpxml vnet0',
  options: {
    binding: { kind: 'text', required: true, about: "name of the link on its guest's host" },
    host: { kind: 'text', namedOnly: true, about: 'the host, where several have a link of that name' },
  },
  async run({ binding, host }, context) {
    try {
      const { xml } = await context.ask('getNwfilterBindingXml', { portDev: binding, ...(host === undefined ? {} : { hostId: host }) });
      return { text: `${xml.trimEnd()}\n`, json: { xml } };
    } catch (error) {
      throw failed(`failed to get nwfilter binding '${binding}'`, error);
    }
  },
});
