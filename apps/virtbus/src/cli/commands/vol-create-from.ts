import { command, done } from '../command.js';
import { readXml } from '../input-file.js';
import { findPool, poolOption, withPool } from '../pool-order.js';
import { copied, copyOptions } from '../volume-copy.js';
import { findVolume, volumeOption } from '../volume-reference.js';

export default command({
  about: 'Make a volume from an XML file, with what another volume holds.',
  example: 'virtbus vol-create-from images volume.xml base.qcow2 --inputpool images',
  options: {
    pool: poolOption,
    file: { kind: 'text', required: true, about: 'file with the XML; - is standard input' },
    vol: volumeOption,
    inputpool: { kind: 'text', about: "name or UUID of the other volume's pool" },
    ...copyOptions,
  },
  async run({ pool: text, file, vol, inputpool, ...how }, context) {
    const pool = await findPool(context, text);
    const source = await findVolume(context, { vol, pool: inputpool }, '--inputpool');
    const xml = await readXml(context, file);
    const result = await withPool(text, `Failed to create vol from ${file}`, async () => copied(context, pool, source, { xml, ...how }));
    return done(`Vol ${result.name} created from input vol ${source.volume.name}`, result);
  },
});
