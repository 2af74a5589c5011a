import { command } from '../command.js';
import { nwfilterOption, withNwfilter } from '../nwfilter-references.js';

export default command({
  about: 'Print the XML of a network filter.',
  example: 'virtbus nwfilter-dumpxml clean-traffic',
  options: { nwfilter: nwfilterOption },
  async run({ nwfilter }, context) {
    const { xml } = await withNwfilter(nwfilter, undefined, async () => context.ask('getNwfilterXml', { filter: nwfilter }));
    return { text: `${xml.trimEnd()}\n`, json: { xml } };
  },
});
