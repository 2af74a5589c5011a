import type { DeviceAddress } from '../shared/device-address.js';
import type { HostdevDef } from '../devices/hostdev.js';
import { bannedFor, QEMU, refusal, repeated, unsupported, type Ban, type Rule } from './rule.js';

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

const twice: Rule = ({ devices }) => {
  const again = repeated(devices.hostdev.map((device) => (device.type === 'scsi' ? undefined : hostPlace(device))));
  return again
    ? refusal('XML_ERROR', `devices/hostdev[${again.index + 1}]`, 'Hostdev already exists in the domain configuration')
    : undefined;
};

/** What on the host a device is; USB devices by address where there is one. */
function hostPlace(device: HostdevDef): string {
  if (device.type !== 'usb') return JSON.stringify([device.type, device.source]);
  const { address, vendor, product } = device.source;
  return vendor ? `usb ${vendor.id}:${product?.id}` : `usb ${address?.bus}.${address?.device}`;
}

/** Models of SCSI controllers with one target only. */
const oneTarget: Rule = ({ devices }) => {
  for (const [index, { address, type }] of devices.hostdev.entries()) {
    if (type !== 'scsi' || address?.type !== 'drive' || address.target === 0) continue;
    const behind = devices.controller.find((one) => one.type === 'scsi' && one.index === address.controller);
    const model = behind?.type === 'scsi' ? behind.model : undefined;
    if (model === 'lsilogic')
      return unsupported(`devices/hostdev[${index + 1}]/address`, "target must be 0 for controller model 'lsilogic'");
  }
  return undefined;
};

const hostdevs: readonly Ban<HostdevDef>[] = [
  {
    at: 'source',
    domain: QEMU,
    when: (device) => device.type === 'pci' && device.source.writeFiltering !== undefined,
    words: 'Write filtering of PCI device configuration space is not supported by qemu',
  },
  {
    code: 'XML_ERROR',
    when: (device) => device.type === 'scsi' && device.source.protocol === 'iscsi' && device.source.host.length === 0,
    words: 'missing the host address for the iSCSI hostdev',
  },
  {
    at: '@sgio',
    domain: QEMU,
    when: (device) => device.type === 'scsi' && device.sgio === 'unfiltered',
    words: 'unfiltered sgio is no longer supported',
  },
  {
    at: '@model',
    domain: QEMU,
    when: (device) => device.type === 'mdev' && device.model !== 'vfio-pci',
    words: (device) =>
      `VFIO ${device.type === 'mdev' && device.model === 'vfio-ap' ? 'AP' : 'CCW'} device assignment is not supported by this version of QEMU`,
  },
  {
    at: 'boot',
    domain: QEMU,
    when: ({ type, boot }) => boot !== undefined && type === 'mdev',
    words: (device) =>
      `booting from assigned devices is not supported by mediated devices of model ${device.type === 'mdev' ? device.model : ''}`,
  },
];

export const hostDeviceRules: readonly Rule[] = [bannedFor('hostdev', hostdevs), scsiAddresses, ramfb, twice, oneTarget];
