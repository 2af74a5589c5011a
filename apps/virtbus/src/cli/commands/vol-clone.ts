import { command, done, told } from '../command.js';
import { escaped } from '../core/xml-text.js';
import { failed } from '../failure.js';
import { copied, copyOptions } from '../volume-copy.js';
import { findVolume, ofPoolOption, volumeOption } from '../volume-reference.js';

/** The same description under another name, with the quotes that virsh's copy has. */
const renamed = (xml: string, name: string): string =>
  xml
    .replace(/<name>[^<]*<\/name>/, () => `<name>${escaped(name)}</name>`)
    .replaceAll(/<\w[^<>]*>/g, (tag) => tag.replaceAll(/='([^'"]*)'/g, '="$1"'));

export default command({
  about: 'Make a volume in the same pool with what another one holds.',
  example: 'virtbus vol-clone base.qcow2 web.qcow2 --pool images',
  options: {
    vol: volumeOption,
    newname: { kind: 'text', required: true, about: 'name of the new volume' },
    pool: ofPoolOption,
    ...copyOptions,
    'print-xml': { kind: 'flag', about: 'print XML document rather than clone the volume' },
  },
  async run({ vol, newname, pool, 'print-xml': print, ...how }, context) {
    const source = await findVolume(context, { vol, pool });
    const { name } = source.volume;
    const xml = renamed(source.volume.xml, newname);
    if (print) return told(xml.trimEnd().split('\n'), { xml });
    try {
      const result = await copied(context, source.pool, source, { xml, ...how });
      return done(`Vol ${result.name} cloned from ${name}`, result);
    } catch (error) {
      throw failed(`Failed to clone vol from ${name}`, error);
    }
  },
});
