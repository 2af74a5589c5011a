/** What a disk's own words imply and exclude. */
import { fault, unsupported, type Place } from '../model/place.js';
import type { DiskDef } from './disk.js';

type Bus = NonNullable<DiskDef['target']['bus']>;

const busOf: Readonly<Record<string, Bus>> = {
  hd: 'ide',
  sd: 'scsi',
  fd: 'fdc',
  vd: 'virtio',
  xvd: 'xen',
  ubd: 'uml',
};

/** @throws LibvirtError when the name of the disk contradicts its bus or its kind. */
export function tidyDisk(value: DiskDef, at: Place): DiskDef {
  const { dev } = value.target;
  if (dev === undefined) throw fault(at, 'NO_TARGET', 'missing target information for disk');
  const [, prefix = '', , partition] = /^(xvd|hd|sd|fd|vd|ubd)([a-z]+)(\d+)?$/.exec(dev) ?? [];
  const bus = value.target.bus ?? (value.device === 'floppy' ? 'fdc' : (busOf[prefix] ?? 'ide'));
  checkTarget(value, { dev, bus, partition }, at);
  checkOnce(value, at);
  const placed: DiskDef = { ...value, target: { ...value.target, bus } };
  return withoutMedium(placed.device === 'cdrom' ? { ...placed, readonly: true } : placed);
}

/** A drive without a medium is of no type but `file`. */
const withoutMedium = (disk: DiskDef): DiskDef => (disk.source === undefined && disk.type !== 'file' ? { ...disk, type: 'file' } : disk);

/** Both may stand on the disk, as of old, or on its source. */
function checkOnce({ encryption, auth, source }: DiskDef, at: Place): void {
  if (encryption && source?.encryption) throw unsupported(at, 'an <encryption> definition already found for disk source');
  if (auth && source?.auth) throw unsupported(at, 'an <auth> definition already found for disk source');
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
