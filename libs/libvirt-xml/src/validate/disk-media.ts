/** What the kind of a disk excludes: media that can be ejected, units passed through, disks that another process serves. */
import type { DiskDef } from '../devices/disk.js';
import type { Ban } from './rule.js';

const nameOf = (disk: DiskDef): string => disk.target.dev ?? '';
const busOf = (disk: DiskDef): string => disk.target.bus ?? '';
const isEjectable = ({ device }: DiskDef): boolean => device === 'cdrom' || device === 'floppy';

const withGeometry = ['ide', 'scsi', 'virtio'];
const readOnlyNever = ['ide', 'sata'];

export const mediaBans: readonly Ban<DiskDef>[] = [
  {
    when: (disk) => disk.device === 'cdrom' && ['virtio', 'sd'].includes(busOf(disk)),
    words: (disk) => `disk type of '${nameOf(disk)}' does not support ejectable media`,
  },
  {
    at: 'target/@tray',
    when: (disk) => disk.target.tray !== undefined && !isEjectable(disk),
    words: 'tray is only valid for cdrom and floppy',
  },
  {
    at: 'source/@startupPolicy',
    code: 'XML_ERROR',
    when: (disk) => disk.source?.startupPolicy === 'requisite' && !isEjectable(disk),
    words: "disk startupPolicy 'requisite' is allowed only for cdrom or floppy",
  },
  {
    at: 'target/@rotation_rate',
    code: 'INTERNAL_ERROR',
    when: (disk) => disk.target.rotationRate !== undefined && disk.device !== 'disk',
    words: 'rotation rate is only valid for disk device',
  },
  {
    at: 'readonly',
    when: (disk) => disk.readonly === true && disk.device === 'disk' && readOnlyNever.includes(busOf(disk)),
    words: (disk) => `readonly ${busOf(disk)} disks are not supported`,
  },
  {
    at: 'geometry',
    when: (disk) => (disk.geometry?.cyls ?? 0) > 0 && !withGeometry.includes(busOf(disk)),
    words: (disk) => `CHS geometry can not be set for '${busOf(disk)}' bus`,
  },
  {
    at: 'geometry/@trans',
    when: (disk) => disk.geometry?.trans !== undefined && busOf(disk) !== 'ide',
    words: (disk) => `CHS translation mode can only be set for 'ide' bus not '${busOf(disk)}'`,
  },
  {
    at: 'serial',
    when: ({ device, serial }) => device === 'lun' && serial !== undefined,
    words: "scsi-block 'lun' devices do not support the serial property",
  },
  {
    when: ({ device, vendor, product }) => device === 'lun' && (vendor ?? product) !== undefined,
    words: 'Setting vendor or product is not supported for lun device',
  },
];

export const floppyBans: readonly Ban<DiskDef>[] = [
  {
    at: 'address',
    code: 'INTERNAL_ERROR',
    when: ({ target, address }) => target.bus === 'fdc' && address?.type === 'drive' && address.controller > 0,
    words: 'Only 1 fdc controller is supported',
  },
];

export const transientBans: readonly Ban<DiskDef>[] = [
  {
    at: 'transient',
    when: ({ transient, readonly }) => transient !== undefined && readonly === true,
    words: (disk) => `transient disk '${nameOf(disk)}' must not be read-only`,
  },
  {
    at: 'transient',
    when: ({ transient, type }) => transient !== undefined && type !== 'file',
    words: (disk) => `transient disk supported only with 'file' type (${nameOf(disk)})`,
  },
];

type Setting = (disk: DiskDef) => unknown;

/** Settings of an image, which is another process's here; by libvirt's names, in its order. */
const settingsOfImages: Readonly<Record<string, Setting>> = {
  reservations: ({ source }) => source?.reservations,
  startupPolicy: ({ source }) => source?.startupPolicy,
  readonly: ({ readonly }) => readonly,
  transient: ({ transient }) => transient,
  serial: ({ serial }) => serial,
  wwn: ({ wwn }) => wwn,
  geometry: ({ geometry }) => geometry,
  blockio: ({ blockio }) => blockio,
};

const settingOf = (disk: DiskDef): string | undefined => Object.entries(settingsOfImages).find(([, read]) => read(disk) !== undefined)?.[0];

export const servedElsewhere: readonly Ban<DiskDef>[] = [
  {
    at: 'iotune',
    when: ({ type, iotune }) => type === 'vhostuser' && iotune !== undefined,
    words: 'iotune is not supported with vhostuser disk',
  },
  {
    when: (disk) => disk.type === 'vhostuser' && settingOf(disk) !== undefined,
    words: (disk) => `${settingOf(disk)} is not supported with vhostuser disk`,
  },
];
