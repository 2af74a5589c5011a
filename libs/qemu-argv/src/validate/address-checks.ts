/** Places and names that only one device can have. */
import type { DeviceAddress, Devices, Disk, Hostdev } from '../domain-parts.js';
import { contradiction, firstRepeated, type DeviceCheck, type DomainCheck } from './finding.js';

const suitable: Readonly<Record<string, readonly DeviceAddress['type'][]>> = {
  virtio: ['pci', 'virtio-mmio', 'ccw', 'virtio-s390'],
  ide: ['drive'],
  sata: ['drive'],
  scsi: ['drive'],
  fdc: ['drive'],
  usb: ['usb'],
};

export const diskAddress: DeviceCheck<Disk> = ({ target, address }) => {
  const types = suitable[target.bus ?? ''];
  if (!address || !types || types.includes(address.type)) return undefined;
  return {
    says: `disk '${target.dev ?? ''}' on bus '${target.bus ?? ''}' cannot have an address of type '${address.type}'`,
    at: '/address',
  };
};

const distinctTargets: DomainCheck = ({ devices }) => {
  const repeated = firstRepeated(devices.disk.map(({ target }) => target.dev));
  return repeated === undefined ? undefined : contradiction(`two disks have the target '${repeated}'`, '/devices/disk');
};

const distinctAliases: DomainCheck = ({ devices }) => {
  const repeated = firstRepeated(aliasesOf(devices));
  return repeated === undefined ? undefined : { says: `two devices have the alias '${repeated}'`, at: '/devices' };
};

/** The first console shares the name of the serial port that it is. USB companions share their master's. */
function aliasesOf(devices: Devices): readonly string[] {
  const { console: _, controller, ...others } = devices;
  const masters = controller.filter((one) => one.type !== 'usb' || one.master === undefined);
  return [...Object.values(others).flat(), ...masters].flatMap((device) =>
    typeof device === 'object' && 'alias' in device && typeof device.alias === 'object' ? [device.alias.name] : [],
  );
}

const drivePlace = (kind: string, address: DeviceAddress | undefined): string[] =>
  address?.type === 'drive' ? [`${kind} ${address.controller}:${address.bus}:${address.target}:${address.unit}`] : [];

const isScsi = (hostdev: Hostdev): boolean => hostdev.type === 'scsi';

const distinctDrives: DomainCheck = ({ devices }) => {
  const disks = devices.disk.flatMap(({ target, address }) => drivePlace(target.bus ?? '', address));
  const units = devices.hostdev.filter(isScsi).flatMap(({ address }) => drivePlace('scsi', address));
  const repeated = firstRepeated([...disks, ...units]);
  return repeated === undefined ? undefined : { says: `two drives have the address ${repeated}`, at: '/devices' };
};

export const addressChecks: readonly DomainCheck[] = [distinctTargets, distinctAliases, distinctDrives];

interface WithRom {
  readonly rom?: { readonly enabled?: boolean; readonly bar?: boolean; readonly file?: string };
}

export const hiddenRom: DeviceCheck<WithRom> = ({ rom }) =>
  rom?.enabled === false && (rom.bar !== undefined || rom.file !== undefined)
    ? { says: 'a ROM that is off has no bar and no file', at: '/rom' }
    : undefined;
