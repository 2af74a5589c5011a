import type { DiskDef } from '../devices/disk.js';
import { placeDisk } from './drives.js';

/** Driver, image format and drive address of a disk that leaves them open. */
export function fillDisk(disk: DiskDef): DiskDef {
  const named: DiskDef = { ...disk, driver: { ...disk.driver, name: disk.driver?.name ?? 'qemu' } };
  return placeDisk(withFormat(named.type === 'vhostuser' ? { ...named, snapshot: 'no' } : named));
}

/** An image without a format is raw: formats are never guessed from what is in the image. */
function withFormat(disk: DiskDef): DiskDef {
  if (disk.driver?.type !== undefined || disk.type === 'volume') return disk;
  return { ...disk, driver: { ...disk.driver, type: 'raw' } };
}

/** A disk that names a group of limits and nothing else has those of the group's first disk. */
export function shareLimits(disks: readonly DiskDef[]): readonly DiskDef[] {
  const groups = new Map(
    disks.flatMap(({ iotune }) => (iotune?.groupName !== undefined && Object.keys(iotune).length > 1 ? [[iotune.groupName, iotune]] : [])),
  );
  return disks.map((disk) => {
    const { iotune } = disk;
    const limits = iotune?.groupName !== undefined && Object.keys(iotune).length === 1 ? groups.get(iotune.groupName) : undefined;
    return limits ? { ...disk, iotune: limits } : disk;
  });
}
