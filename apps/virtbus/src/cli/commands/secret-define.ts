import { command, done } from '../command.js';
import { failed } from '../failure.js';
import { readXml } from '../input-file.js';

export default command({
  about: 'Keep what a secret is for, from an XML file. Its value is set apart.',
  example: 'virtbus secret-define secret.xml',
  options: { file: { kind: 'text', required: true, about: 'file with the XML; - is standard input' } },
  async run({ file }, context) {
    const xml = await readXml(context, file);
    try {
      const secret = await context.order('defineSecret', { xml });
      return done(`Secret ${secret.uuid} created`, secret);
    } catch (error) {
      throw failed(`Failed to set attributes from ${file}`, error);
    }
  },
});
