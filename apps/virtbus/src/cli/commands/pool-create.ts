import { command, done } from '../command.js';
import { failed } from '../failure.js';
import { readXml } from '../input-file.js';
import { buildOf, buildOptions } from '../pool-order.js';

export default command({
  about: 'Start a transient storage pool: its definition goes when it stops.',
  example: 'virtbus pool-create pool.xml --build',
  options: {
    file: { kind: 'text', required: true, about: 'file with the XML; - is standard input' },
    build: { kind: 'flag', about: 'make the directory first' },
    ...buildOptions,
  },
  async run({ file, build: wanted, ...flags }, context) {
    const build = buildOf(wanted, flags);
    const xml = await readXml(context, file);
    try {
      const result = await context.order('createPool', { xml, ...(build ? { build } : {}) });
      return done(`Pool ${result.name} created from ${file}`, result);
    } catch (error) {
      throw failed(`Failed to create pool from ${file}`, error);
    }
  },
});
