import type { Controller, Disk } from '../domain-parts.js';

/** Disks behind a controller are named by their place on it, the others by the letters of their target. */
export function diskAlias(disk: Disk, controllers: readonly Controller[]): string {
  const { bus = 'ide' } = disk.target;
  const { address } = disk;
  if (address?.type !== 'drive') return `${prefixes[bus] ?? `${bus}-disk`}${targetNumber(disk.target.dev ?? '')}`;
  const { controller, bus: channel, target, unit } = address;
  if (bus !== 'scsi' || isLsi(controllers, controller)) return `${bus}${controller}-${channel}-${unit}`;
  return `scsi${controller}-${channel}-${target}-${unit}`;
}

const prefixes: Readonly<Record<string, string>> = { virtio: 'virtio-disk', usb: 'usb-disk', xen: 'xenblk-disk', sd: 'sd-disk' };

/** LSI's old controllers know one unit for each target. */
export const isLsi = (controllers: readonly Controller[], index: number): boolean =>
  controllers.some((one) => one.type === 'scsi' && one.index === index && one.model === 'lsilogic');

/** `vda` is 0, `vdz` 25, `vdaa` 26. */
export function targetNumber(dev: string): number {
  const letters = /(?:xvd|[hsfv]d|ubd)([a-z]+)/.exec(dev)?.[1] ?? 'a';
  return Array.from(letters).reduce((number, letter) => number * 26 + (letter.charCodeAt(0) - 'a'.charCodeAt(0) + 1), 0) - 1;
}
