import { command, done, told } from '../command.js';
import type { Context } from '../context.js';
import { element, nested, textElement } from '../core/xml-text.js';
import { findPool, poolOption, withPool } from '../pool-order.js';
import { findVolume } from '../volume-reference.js';
import { bytesOf, sizeHelp } from '../volume-size.js';

/** Where the volume is that the new one lies upon: in the same pool, or by its path in any. */
async function below(context: Context, pool: string, vol: string | undefined): Promise<string | undefined> {
  return vol === undefined ? undefined : (await findVolume(context, { vol, pool })).path;
}

export default command({
  about: 'Make a volume that options describe.',
  example: 'virtbus vol-create-as images web.qcow2 10G --format qcow2',
  options: {
    pool: poolOption,
    name: { kind: 'text', required: true, about: 'name of the volume' },
    capacity: { kind: 'text', required: true, about: `size that the guest sees: ${sizeHelp}` },
    allocation: { kind: 'text', about: `what it takes up at first: ${sizeHelp}` },
    format: { kind: 'text', about: 'raw or qcow2' },
    'backing-vol': { kind: 'text', about: 'the volume below it' },
    'backing-vol-format': { kind: 'text', about: 'the format of that' },
    'prealloc-metadata': { kind: 'flag', about: "lay out the image's tables at once" },
    'print-xml': { kind: 'flag', about: 'print XML document rather than make the volume' },
  },
  async run({ pool: text, name, capacity, allocation, format, ...rest }, context) {
    const pool = await findPool(context, text);
    const sizes = { capacity: bytesOf(capacity), ...(allocation === undefined ? {} : { allocation: bytesOf(allocation) }) };
    const backing = await below(context, text, rest['backing-vol']);
    const type = rest['backing-vol-format'];
    const lines = nested('volume', [
      textElement('name', name),
      ...Object.entries(sizes).map(([what, bytes]) => textElement(what, bytes)),
      ...(format === undefined ? [] : nested('target', [element('format', { type: format })])),
      ...(backing === undefined
        ? []
        : nested('backingStore', [textElement('path', backing), ...(type === undefined ? [] : [element('format', { type })])])),
    ]);
    const xml = `${lines.join('\n')}\n`;
    if (rest['print-xml']) return told(lines, { xml });
    const result = await withPool(text, `Failed to create vol ${name}`, async () =>
      context.order('createVolume', { pool: pool.name, xml, ...(rest['prealloc-metadata'] ? { preallocate: true } : {}) }),
    );
    return done(`Vol ${name} created`, result);
  },
});
