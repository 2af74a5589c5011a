import { command, told } from '../command.js';
import { printable } from '../core/display-width.js';
import { findVolume, volumePathOption } from '../volume-reference.js';

export default command({
  about: 'Print the storage pool of the volume whose file is at a path.',
  example: 'virtbus vol-pool /var/lib/libvirt/images/disk.qcow2',
  options: { vol: volumePathOption, uuid: { kind: 'flag', about: "the pool's UUID rather than its name" } },
  async run({ vol, uuid: wantsUuid }, context) {
    const { name, uuid } = (await findVolume(context, { vol }, 'none')).pool;
    return told([wantsUuid ? uuid : printable(name)], { name, uuid });
  },
});
