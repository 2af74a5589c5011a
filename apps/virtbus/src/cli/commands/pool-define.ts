import { command, done } from '../command.js';
import { failed } from '../failure.js';
import { readXml } from '../input-file.js';

export default command({
  about: 'Keep the definition of a storage pool of type dir. One with the same name and UUID is replaced.',
  example: 'virtbus pool-define pool.xml',
  options: { file: { kind: 'text', required: true, about: 'file with the XML; - is standard input' } },
  async run({ file }, context) {
    const xml = await readXml(context, file);
    try {
      const result = await context.order('definePool', { xml });
      return done(`Pool ${result.name} defined from ${file}`, result);
    } catch (error) {
      throw failed(`Failed to define pool from ${file}`, error);
    }
  },
});
