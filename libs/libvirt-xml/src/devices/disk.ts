import { attr, child } from '../model/field.js';
import { element, flag, leaf, tagged, type TaggedValue } from '../model/element.js';
import { filled, oneOf, text, uint, yesNo } from '../model/scalar.js';
import { xmlError } from '../model/place.js';
import { bootableDevice } from '../shared/device-info.js';
import { encryption } from '../shared/encryption.js';
import { storageAuth } from '../shared/storage-auth.js';
import { storageSource, storageTypes } from '../shared/storage-source.js';
import { diskDriver } from './disk-driver.js';
import { iotune } from './disk-iotune.js';
import { backingStore } from './disk-backing.js';
import { tidyDisk } from './disk-rules.js';

const buses = ['ide', 'fdc', 'scsi', 'virtio', 'xen', 'usb', 'uml', 'sata', 'sd'] as const;

const target = element({
  dev: attr(filled),
  bus: attr(oneOf(...buses), {
    invalid: (given, at) => xmlError(at, `Invalid value for attribute 'bus' in element 'target': '${given}'.`, 5),
  }),
  tray: attr(oneOf('closed', 'open'), { blank: ['closed'] }),
  removable: attr(oneOf('on', 'off')),
  rotationRate: attr(uint(), { xml: 'rotation_rate', blank: [0] }),
});

const geometry = element({
  cyls: attr(uint(), { required: (at) => xmlError(at, 'invalid geometry settings (cyls)') }),
  heads: attr(uint(), { required: (at) => xmlError(at, 'invalid geometry settings (heads)') }),
  secs: attr(uint(), { required: (at) => xmlError(at, 'invalid geometry settings (secs)') }),
  trans: attr(oneOf('none', 'auto', 'lba')),
});

const blockio = element(
  {
    logicalBlockSize: attr(uint(), { xml: 'logical_block_size', blank: [0] }),
    physicalBlockSize: attr(uint(), { xml: 'physical_block_size', blank: [0] }),
  },
  { emptyIsAbsent: true },
);

export const diskFields = {
  type: attr(oneOf(...storageTypes), { fallback: 'file' }),
  device: attr(oneOf('disk', 'cdrom', 'floppy', 'lun'), { fallback: 'disk' }),
  model: attr(oneOf('virtio', 'virtio-transitional', 'virtio-non-transitional')),
  rawio: attr(yesNo),
  sgio: attr(oneOf('filtered', 'unfiltered')),
  snapshot: attr(oneOf('no', 'internal', 'external', 'manual'), {
    shown: ({ snapshot, readonly }: { snapshot: string; readonly?: boolean }) => snapshot !== 'no' || readonly !== true,
  }),
  driver: diskDriver,
  auth: child(storageAuth),
  source: storageSource,
  backingStore,
  backenddomain: child(element({ name: attr(filled) }, { emptyIsAbsent: true })),
  geometry: child(geometry),
  blockio: child(blockio),
  target: child(target, { always: true }),
  iotune,
  readonly: child(flag),
  shareable: child(flag),
  transient: child(element({ shareBacking: attr(yesNo) })),
  serial: child(leaf(text)),
  wwn: child(leaf(filled)),
  vendor: child(leaf(filled)),
  product: child(leaf(filled)),
  encryption: child(encryption),
  ...bootableDevice,
};

export type DiskDef = TaggedValue<typeof diskFields, 'type'>;

/** A disk, CD-ROM or floppy drive. */
export const disk = tagged('type', diskFields, { refine: tidyDisk });
