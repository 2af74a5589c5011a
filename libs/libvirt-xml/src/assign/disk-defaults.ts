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
