import { command, told } from '../command.js';
import { printable } from '../core/display-width.js';
import { findVolume, volumePathOption } from '../volume-reference.js';

export default command({
  about: 'Print the name of the volume whose file is at a path.',
  example: 'virtbus vol-name /var/lib/libvirt/images/disk.qcow2',
  options: { vol: volumePathOption },
  async run({ vol }, context) {
    const { name } = (await findVolume(context, { vol }, 'none')).volume;
    return told([printable(name)], { name });
  },
});
