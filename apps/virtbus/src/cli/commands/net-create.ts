import { command, done } from '../command.js';
import { failed } from '../failure.js';
import { readXml } from '../input-file.js';

export default command({
  about: 'Start a network whose definition goes when it stops.',
  example: 'virtbus net-create lab.xml',
  options: { file: { kind: 'text', required: true, about: 'file with the XML; - is standard input' } },
  async run({ file }, context) {
    const xml = await readXml(context, file);
    try {
      const result = await context.order('createNetwork', { xml });
      return done(`Network ${result.name} created from ${file}`, result);
    } catch (error) {
      throw failed(`Failed to create network from ${file}`, error);
    }
  },
});
