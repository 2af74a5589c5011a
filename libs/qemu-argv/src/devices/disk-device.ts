/** The drive that the guest sees. */
import type { JsonObject } from '../argv/json.js';
import { aliasOf, type Context } from '../context.js';
import type { DeviceAddress, Disk } from '../domain-parts.js';
import { refuse, unprepared } from '../refusal.js';
import { cacheOf } from '../storage/chain.js';
import { addressProps, controllerName } from './device-address.js';
import { virtioName, virtioProps } from './virtio.js';

/** What the drive plays: a block node, the socket of another process, or nothing. */
type Medium = { readonly drive?: string; readonly chardev?: string };

export function diskDevice(context: Context, disk: Disk, medium: Medium, at: string): JsonObject {
  const alias = aliasOf(disk, at);
  return {
    ...busProps(context, disk, at),
    'share-rw': disk.shareable ? true : undefined,
    ...medium,
    id: alias,
    bootindex: disk.target.bus === 'fdc' ? undefined : context.bootIndex.get(alias),
    ...looks(disk),
    ...policies(disk),
  };
}

function busProps(context: Context, disk: Disk, at: string): JsonObject {
  switch (disk.target.bus) {
    case 'virtio':
      return virtioDisk(context, disk, at);
    case 'scsi':
      return scsiDisk(context, disk, at);
    case 'ide':
    case 'sata':
      return ataDisk(context, disk, at);
    case 'usb':
      return { driver: 'usb-storage', ...addressProps(context, disk, at), removable: disk.target.removable === 'on' };
    case 'fdc':
      return { driver: 'floppy', unit: driveOf(disk.address, at).unit };
    default:
      throw refuse('INTERNAL_ERROR', at, `QEMU has no disk on bus '${disk.target.bus ?? ''}'`);
  }
}

function virtioDisk(context: Context, disk: Disk, at: string): JsonObject {
  const { driver } = disk;
  const base = disk.type === 'vhostuser' ? 'vhost-user-blk' : 'virtio-blk';
  return {
    driver: virtioName(base, disk),
    ...virtioProps(driver),
    iothread: driver?.iothread === undefined ? undefined : `iothread${driver.iothread}`,
    ioeventfd: driver?.ioeventfd,
    event_idx: driver?.eventIdx,
    scsi: disk.device === 'lun' ? true : undefined,
    'num-queues': driver?.queues,
    'queue-size': driver?.queueSize,
    ...addressProps(context, disk, at),
  };
}

type DriveAddress = Extract<DeviceAddress, { readonly type: 'drive' }>;

function driveOf(address: DeviceAddress | undefined, at: string): DriveAddress {
  if (address?.type !== 'drive') throw unprepared(`${at}/address`, 'the drive address');
  return address;
}

const scsiDrivers = { disk: 'scsi-hd', cdrom: 'scsi-cd', lun: 'scsi-block', floppy: 'scsi-hd' } as const;

function scsiDisk(context: Context, disk: Disk, at: string): JsonObject {
  const address = driveOf(disk.address, at);
  return { driver: scsiDrivers[disk.device], ...scsiPlace(context, address, at), device_id: vpdName(disk, at) };
}

/** Controllers with one unit for each target. */
const targetsOnly: ReadonlySet<string> = new Set(['lsilogic', 'am53c974', 'dc390']);

const modelOf = ({ domain }: Context, index: number): string => {
  const found = domain.devices.controller.find((one) => one.type === 'scsi' && one.index === index);
  return found?.type === 'scsi' ? (found.model ?? '') : '';
};

/** Old controllers know targets only; others a channel, a target and a unit. */
export function scsiPlace(context: Context, { controller, bus, target, unit }: DriveAddress, at: string): JsonObject {
  const name = `${controllerName(context, 'scsi', controller, at)}.0`;
  if (targetsOnly.has(modelOf(context, controller))) return { bus: name, 'scsi-id': unit };
  return { bus: name, channel: bus, 'scsi-id': target, lun: unit };
}

/** The name that guests find a disk by; a passed-through unit has one of its own. */
function vpdName(disk: Disk, at: string): string | undefined {
  if (disk.device === 'lun') return undefined;
  return disk.serial ?? `drive-${aliasOf(disk, at)}`;
}

function ataDisk(context: Context, disk: Disk, at: string): JsonObject {
  const { controller, bus, unit } = driveOf(disk.address, at);
  const driver = disk.device === 'cdrom' ? 'ide-cd' : 'ide-hd';
  if (disk.target.bus === 'ide') return { driver, bus: `ide.${bus}`, unit };
  return { driver, bus: `${controllerName(context, 'sata', controller, at)}.${unit}` };
}

function looks(disk: Disk): JsonObject {
  const { geometry, blockio } = disk;
  return {
    cyls: geometry?.cyls,
    heads: geometry?.heads,
    secs: geometry?.secs,
    'bios-chs-trans': geometry?.trans,
    logical_block_size: blockio?.logicalBlockSize,
    physical_block_size: blockio?.physicalBlockSize,
    wwn: disk.wwn === undefined ? undefined : BigInt(`0x${disk.wwn.replace(/^0x/, '')}`),
    rotation_rate: disk.target.rotationRate,
    vendor: disk.vendor,
    product: disk.product,
    serial: disk.serial === undefined ? undefined : escapeBlanks(disk.serial),
  };
}

/** libvirt marks blanks with a backslash here, and guests that it started know the disk by that name. */
const escapeBlanks = (serial: string): string => serial.replaceAll(' ', String.raw`\ `);

const writeCache: Readonly<Record<string, 'on' | 'off'>> = {
  none: 'on',
  writeback: 'on',
  unsafe: 'on',
  writethrough: 'off',
  directsync: 'off',
};

function policies(disk: Disk): JsonObject {
  const { errorPolicy, rerrorPolicy } = disk.driver ?? {};
  return {
    'write-cache': writeCache[cacheOf(disk) ?? ''],
    werror: errorPolicy && policyWord(errorPolicy),
    rerror: (rerrorPolicy && policyWord(rerrorPolicy)) ?? readPolicy(errorPolicy),
  };
}

type Policy = NonNullable<NonNullable<Disk['driver']>['errorPolicy']>;

const policyWord = (policy: Policy): string => (policy === 'enospace' ? 'enospc' : policy);

/** Reading cannot fail for want of space. */
const readPolicy = (policy: Policy | undefined): string | undefined => (policy === 'enospace' ? undefined : policy);
