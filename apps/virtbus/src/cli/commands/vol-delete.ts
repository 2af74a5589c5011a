import { command, done } from '../command.js';
import { failed } from '../failure.js';
import { findVolume, ofPoolOption, volumeOption } from '../volume-reference.js';

export default command({
  about: 'Remove a volume.',
  example: 'virtbus vol-delete disk.qcow2 --pool images',
  options: { vol: volumeOption, pool: ofPoolOption },
  async run({ vol, pool }, context) {
    const { volume, pool: found } = await findVolume(context, { vol, pool });
    try {
      return done(`Vol ${vol} deleted`, await context.order('deleteVolume', { pool: found.name, volume: volume.name }));
    } catch (error) {
      throw failed(`Failed to delete vol ${vol}`, error);
    }
  },
});
