import { command } from '../command.js';
import { formatFields } from '../core/text-table.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';
import { memberOf, statsOf } from '../read-stats.js';

export default command({
  about: 'Show how large a disk of a running domain is, for its guest and on its host. Bytes.',
  example: 'virtbus domblkinfo web vda',
  options: { domain: domainOption, device: { kind: 'text', required: true, about: 'target or source of the disk' } },
  async run({ domain: text, device }, context) {
    const { stats } = await statsOf(context, text, 'block');
    const prefix = memberOf(stats, 'block', device);
    if (prefix === undefined) {
      throw new Failure([`invalid argument: invalid path ${device} not assigned to domain`], 'invalid_argument', { libvirt: 8 });
    }
    const sizes = ['capacity', 'allocation', 'physical'].map((key) => [key, Number(stats[prefix + key] ?? 0)] as const);
    const shown = sizes.map(([key, value]) => [`${key.slice(0, 1).toUpperCase()}${key.slice(1)}`, value] as const);
    return { text: formatFields(shown), json: Object.fromEntries(sizes) };
  },
});
