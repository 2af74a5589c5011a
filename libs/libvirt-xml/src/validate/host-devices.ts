import type { DeviceAddress } from '../shared/device-address.js';
import { repeated, unsupported, type Rule } from './rule.js';

function driveOf(address: DeviceAddress | undefined): string | undefined {
  if (address?.type !== 'drive') return undefined;
  return `controller='${address.controller}' bus='${address.bus}' target='${address.target}' unit='${address.unit}'`;
}

const scsiAddresses: Rule = ({ devices }) => {
  const drives = devices.hostdev.map((device) => (device.type === 'scsi' ? driveOf(device.address) : undefined));
  const again = repeated(drives);
  if (again)
    return unsupported(
      `devices/hostdev[${again.index + 1}]/address`,
      `SCSI host address ${again.value} in use by another SCSI host device`,
    );
  for (const [index, disk] of devices.disk.entries()) {
    const drive = disk.target.bus === 'scsi' ? driveOf(disk.address) : undefined;
    if (drive === undefined || !drives.includes(drive)) continue;
    return unsupported(
      `devices/disk[${index + 1}]/target`,
      `using disk target name '${disk.target.dev}' conflicts with SCSI host device address ${drive}`,
    );
  }
  return undefined;
};

const ramfb: Rule = ({ devices }) => {
  const all = devices.hostdev.flatMap((device, index) => (device.type === 'mdev' && device.ramfb ? [index] : []));
  return all[1] === undefined ? undefined : unsupported(`devices/hostdev[${all[1] + 1}]`, "Only one vgpu device can have 'ramfb' enabled");
};

export const hostDeviceRules: readonly Rule[] = [scsiAddresses, ramfb];
