import { command, done } from '../command.js';
import { failed } from '../failure.js';
import { readXml } from '../input-file.js';

export default command({
  about: 'Put a network filter on a link of a host, whoever has made it. It is there until it is taken off or the link is gone.',
  example: 'virtbus nwfilter-binding-create binding.xml --host host-b',
  options: {
    file: { kind: 'text', required: true, about: 'file with the XML; - is standard input' },
    host: { kind: 'text', namedOnly: true, about: 'the host of the link, when neither the XML nor a domain that owns it says so' },
  },
  async run({ file, host }, context) {
    const xml = await readXml(context, file);
    try {
      const result = await context.order('createNwfilterBinding', { xml, ...(host === undefined ? {} : { hostId: host }) });
      return done(`Network filter binding on ${result.portDev} created from ${file}`, result);
    } catch (error) {
      throw failed(`Failed to create network filter from ${file}`, error);
    }
  },
});
