import { command, done } from '../command.js';
import { Failure, failed } from '../failure.js';
import { findVolume, ofPoolOption, volumeOption } from '../volume-reference.js';
import { bytesOf, sizeHelp } from '../volume-size.js';

export default command({
  about: 'Change the capacity of a volume that no running guest has.',
  example: 'virtbus vol-resize web.qcow2 20G --pool images',
  options: {
    vol: volumeOption,
    capacity: { kind: 'text', required: true, about: `new size: ${sizeHelp}` },
    pool: ofPoolOption,
    allocate: { kind: 'flag', about: 'take the space from the disk at once' },
    delta: { kind: 'flag', about: 'the size is what is added, or with --shrink taken away' },
    shrink: { kind: 'flag', about: 'the volume may become smaller: what lies behind its new end is lost' },
  },
  async run({ vol, capacity: text, pool, ...how }, context) {
    const { volume, pool: found } = await findVolume(context, { vol, pool });
    const negative = text.startsWith('-');
    if (negative && !how.shrink) throw new Failure(['negative size requires --shrink'], 'usage');
    const capacity = bytesOf(negative ? text.slice(1) : text);
    const flags = Object.fromEntries(Object.entries({ ...how, delta: how.delta || negative }).filter(([, on]) => on));
    const way = how.delta ? 'by' : 'to';
    try {
      const result = await context.order('resizeVolume', { pool: found.name, volume: volume.name, capacity, ...flags });
      return done(`Size of volume '${volume.name}' successfully changed ${way} ${text}`, result);
    } catch (error) {
      throw failed(`Failed to change size of volume '${volume.name}' ${way} ${text}`, error);
    }
  },
});
