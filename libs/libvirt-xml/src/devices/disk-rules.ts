/** What a disk's own words imply and exclude. */
import { fault, unsupported, type Place } from '../model/place.js';
import type { DiskDef } from './disk.js';

const busOf: Readonly<Record<string, NonNullable<DiskDef['target']['bus']>>> = {
  hd: 'ide',
  sd: 'scsi',
  fd: 'fdc',
  vd: 'virtio',
  xvd: 'xen',
  ubd: 'uml',
};

export function tidyDisk(value: DiskDef, at: Place): DiskDef {
  const { dev } = value.target;
  if (dev === undefined) throw fault(at, 'NO_TARGET', 'missing target information for disk');
  const prefix = /^(xvd|hd|sd|fd|vd|ubd)([a-z]+)(\d+)?$/.exec(dev);
  const bus = value.target.bus ?? (value.device === 'floppy' ? 'fdc' : (busOf[prefix?.[1] ?? ''] ?? 'ide'));
  checkTarget(value, { dev, bus, partition: prefix?.[3] }, at);
  const target = { ...value.target, bus };
  const whole: DiskDef = value.device === 'cdrom' ? { ...value, target, readonly: true } : { ...value, target };
  return whole.source === undefined && whole.type !== 'file' ? { ...whole, type: 'file' } : whole;
}

interface Target {
  readonly dev: string;
  readonly bus: string;
  readonly partition: string | undefined;
}

function checkTarget({ device }: DiskDef, { dev, bus, partition }: Target, at: Place): void {
  if (partition !== undefined) throw unsupported(at, `invalid disk target '${dev}', partitions can't appear in disk targets`);
  const floppy = device === 'floppy';
  if (floppy !== (bus === 'fdc')) throw fault(at, 'INTERNAL_ERROR', `Invalid bus type '${bus}' for ${floppy ? 'floppy disk' : 'disk'}`);
  if (!floppy && dev.startsWith('fd')) throw fault(at, 'INTERNAL_ERROR', `Invalid harddisk device name: ${dev}`);
}
