import { command, done } from '../command.js';
import { sizeKiB } from '../core/sizes.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';
import { withDomain } from '../references.js';

const KIB = 1024;

export default command({
  about: "Change how large a disk of a running domain is; its guest is told. What lies behind a disk's new end is lost.",
  example: 'virtbus blockresize web vda 20G',
  options: {
    domain: domainOption,
    path: { kind: 'text', required: true, about: 'target or file of the disk' },
    size: { kind: 'text', required: true, about: 'new size, in KiB or with a unit: 20G' },
  },
  async run({ domain: text, path, size: words }, context) {
    const kib = sizeKiB(words);
    if (kib === undefined) throw new Failure([`Scaled numeric value '${words}' for <size> option is malformed or out of range`], 'usage');
    const size = { disk: path, bytes: kib * KIB };
    const result = await withDomain(context, text, `Failed to resize block device '${path}'`, async (domain) =>
      context.order('resizeDisk', { domain, size }),
    );
    return done(`Block device '${path}' is resized`, result);
  },
});
