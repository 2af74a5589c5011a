import { command, done, told } from '../command.js';
import { failed } from '../failure.js';
import { buildOf, buildOptions } from '../pool-order.js';
import { poolDefinitionOptions, poolXml } from '../pool-xml.js';

export default command({
  about: 'Use a storage pool that options describe, for as long as it is active.',
  example: 'virtbus pool-create-as scratch dir --target /var/tmp/scratch --build',
  options: { ...poolDefinitionOptions, build: { kind: 'flag', about: 'make the directory first' }, ...buildOptions },
  async run({ 'print-xml': print, build: wanted, overwrite, 'no-overwrite': keep, ...words }, context) {
    const lines = poolXml(words);
    const xml = `${lines.join('\n')}\n`;
    if (print) return told(lines, { xml });
    const build = buildOf(wanted, { overwrite, 'no-overwrite': keep });
    try {
      return done(`Pool ${words.name} created`, await context.order('createPool', { xml, ...(build ? { build } : {}) }));
    } catch (error) {
      throw failed(`Failed to create pool ${words.name}`, error);
    }
  },
});
