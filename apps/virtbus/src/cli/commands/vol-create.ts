import { command, done } from '../command.js';
import { readXml } from '../input-file.js';
import { poolOption, withPool } from '../pool-order.js';

export default command({
  about: 'Make a volume from an XML file.',
  example: 'virtbus vol-create images volume.xml',
  options: {
    pool: poolOption,
    file: { kind: 'text', required: true, about: 'file with the XML; - is standard input' },
    'prealloc-metadata': { kind: 'flag', about: "lay out the image's tables at once" },
  },
  async run({ pool, file, 'prealloc-metadata': preallocate }, context) {
    const xml = await readXml(context, file);
    const result = await withPool(pool, `Failed to create vol from ${file}`, async () =>
      context.order('createVolume', { pool, xml, ...(preallocate ? { preallocate } : {}) }),
    );
    return done(`Vol ${result.name} created from ${file}`, result);
  },
});
