import { command, done, told } from '../command.js';
import { failed } from '../failure.js';
import { poolDefinitionOptions, poolXml } from '../pool-xml.js';

export default command({
  about: 'Keep the definition of a storage pool that options describe.',
  example: 'virtbus pool-define-as images dir --target /var/lib/libvirt/images',
  options: poolDefinitionOptions,
  async run({ 'print-xml': print, ...words }, context) {
    const lines = poolXml(words);
    const xml = `${lines.join('\n')}\n`;
    if (print) return told(lines, { xml });
    try {
      return done(`Pool ${words.name} defined`, await context.order('definePool', { xml }));
    } catch (error) {
      throw failed(`Failed to define pool ${words.name}`, error);
    }
  },
});
