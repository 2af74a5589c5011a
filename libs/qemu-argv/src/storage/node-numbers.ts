import type { Disk } from '../domain-parts.js';
import { chainLength } from './chain.js';

/** Drives that have block nodes, empty or not. */
const hasNodes = (disk: Disk): boolean => disk.type !== 'vhostuser' && disk.target.bus !== 'sd';

/** The first number of each disk's nodes, counted from the last disk to the first, as libvirt counts. */
export function diskNumbers(disks: readonly Disk[]): readonly number[] {
  const numbers: number[] = [];
  let next = 1;
  for (const disk of disks.toReversed()) {
    numbers.unshift(next);
    if (hasNodes(disk)) next += chainLength(disk);
  }
  return numbers;
}

/** The number after those of all disks. */
export const numberAfterDisks = (disks: readonly Disk[]): number =>
  1 + disks.filter(hasNodes).reduce((sum, disk) => sum + chainLength(disk), 0);
