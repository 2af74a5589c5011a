/** Where disks and SCSI host devices sit on their controllers, from their names. */
import type { DevicesDef } from '../devices/devices.js';
import type { DiskDef } from '../devices/disk.js';
import { diskIndex } from '../devices/disk-order.js';
import type { HostdevDef } from '../devices/hostdev.js';
import type { DeviceAddress } from '../shared/device-address.js';

export type DriveAddress = Extract<DeviceAddress, { readonly type: 'drive' }>;

/** A narrow SCSI bus: unit 7 is the controller itself. */
const SCSI_UNITS = 7;

function driveOf(bus: string | undefined, index: number): DriveAddress | undefined {
  const drive = (controller: number, channel: number, unit: number): DriveAddress => ({
    type: 'drive',
    controller,
    bus: channel,
    target: 0,
    unit,
  });
  switch (bus) {
    case 'scsi':
      return drive(Math.floor(index / SCSI_UNITS), 0, index % SCSI_UNITS);
    case 'ide':
      return drive(Math.floor(index / 4), Math.floor((index % 4) / 2), index % 2);
    case 'sata':
      return drive(Math.floor(index / 6), 0, index % 6);
    case 'fdc':
      return drive(Math.floor(index / 2), 0, index % 2);
    default:
      return undefined;
  }
}

export function placeDisk(disk: DiskDef): DiskDef {
  if (disk.address !== undefined || disk.target.dev === undefined) return disk;
  const address = driveOf(disk.target.bus, diskIndex(disk.target.dev) ?? -1);
  return address && address.unit >= 0 ? { ...disk, address } : disk;
}

/** Gives SCSI host devices the first free unit of the first controller that has one. */
export function placeScsiHostdevs(devices: DevicesDef): DevicesDef {
  const hostdev: HostdevDef[] = [];
  for (const [index, device] of devices.hostdev.entries()) {
    const others = [...hostdev, ...devices.hostdev.slice(index + 1)];
    hostdev.push(device.type === 'scsi' && device.address === undefined ? { ...device, address: freeUnit(devices.disk, others) } : device);
  }
  return { ...devices, hostdev };
}

function freeUnit(disks: readonly DiskDef[], hostdevs: readonly HostdevDef[]): DriveAddress {
  const used = [...disks.filter(({ target }) => target.bus === 'scsi'), ...hostdevs.filter(({ type }) => type === 'scsi')].map(
    ({ address }) => address,
  );
  for (let controller = 0; ; controller += 1) {
    for (let unit = 0; unit < SCSI_UNITS; unit += 1) {
      const taken = used.some(
        (one) => one?.type === 'drive' && one.controller === controller && one.bus === 0 && one.target === 0 && one.unit === unit,
      );
      if (!taken) return { type: 'drive', controller, bus: 0, target: 0, unit };
    }
  }
}
