import { command } from '../command.js';
import { volumeSize } from '../core/sizes.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';
import { withDomain } from '../references.js';

export default command({
  about:
    "Have a write behind some byte of a disk's image told, once: 'virtbus event block-threshold' hears of it. 0 asks for nothing any more.",
  example: 'virtbus domblkthreshold web vda 20G',
  options: {
    domain: domainOption,
    dev: { kind: 'text', required: true, about: 'target of the disk' },
    threshold: { kind: 'text', required: true, about: 'threshold in bytes, or with a unit: 20G' },
  },
  async run({ domain: text, dev: disk, threshold: words }, context) {
    const size = volumeSize(words);
    if (!('bytes' in size))
      throw new Failure([`Scaled numeric value '${words}' for <threshold> option is malformed or out of range`], 'usage');
    const json = await withDomain(context, text, undefined, async (domain) =>
      context.order('setBlockThreshold', { domain, threshold: { disk, bytes: size.bytes } }),
    );
    return { text: '', json };
  },
});
