import { command, done } from '../command.js';
import { failed } from '../failure.js';
import { readXml } from '../input-file.js';

export default command({
  about: 'Keep a network filter. One with the same name and UUID is replaced, and links that have it follow at once.',
  example: 'virtbus nwfilter-define filter.xml',
  options: { file: { kind: 'text', required: true, about: 'file with the XML; - is standard input' } },
  async run({ file }, context) {
    const xml = await readXml(context, file);
    try {
      const result = await context.order('defineNwfilter', { xml });
      return done(`Network filter ${result.name} defined from ${file}`, result);
    } catch (error) {
      throw failed(`Failed to define network filter from ${file}`, error);
    }
  },
});
