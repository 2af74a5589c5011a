import { command, done } from '../command.js';
import { Failure, failed } from '../failure.js';
import { findVolume, ofPoolOption, volumeOption } from '../volume-reference.js';

/** virsh's names. Those but the first need the program scrub, which hosts are not asked to have. */
const algorithms: readonly string[] = ['zero', 'nnsa', 'dod', 'bsi', 'gutmann', 'schneier', 'pfitzner7', 'pfitzner33', 'random'];

export default command({
  about: 'Overwrite a volume with zeros.',
  example: 'virtbus vol-wipe disk.qcow2 --pool images',
  options: { vol: volumeOption, pool: ofPoolOption, algorithm: { kind: 'text', about: 'zero' } },
  async run({ vol, pool, algorithm = 'zero' }, context) {
    const { volume, pool: found } = await findVolume(context, { vol, pool });
    if (!algorithms.includes(algorithm)) throw new Failure([`Unsupported algorithm '${algorithm}'`], 'usage');
    if (algorithm !== 'zero')
      throw new Failure([`Failed to wipe vol ${vol}`, "Cannot find 'scrub' in path: No such file or directory"], 'operation_unsupported');
    try {
      return done(`Vol ${vol} wiped`, await context.order('wipeVolume', { pool: found.name, volume: volume.name }));
    } catch (error) {
      throw failed(`Failed to wipe vol ${vol}`, error);
    }
  },
});
