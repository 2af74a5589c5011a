/** What devices have: name, place, boot order, option ROM. Spread at the end of a device's fields. */
import { attr, child } from '../model/field.js';
import { element } from '../model/element.js';
import { filled, onOff, positive, text, uint, yesNo } from '../model/scalar.js';
import { fault } from '../model/place.js';
import { deviceAddress } from './device-address.js';

/** Only names that the user chose survive in a definition. */
export const isUserAlias = (name: string): boolean => /^ua-[A-Za-z0-9_-]*$/.test(name);

const alias = child(element({ name: attr(text, { required: true }) }), {
  doc: 'Name of the device in commands; only names that begin with `ua-` are kept.',
  keep: ({ name }) => isUserAlias(name),
});

const rom = child(element({ enabled: attr(yesNo), bar: attr(onOff), file: attr(filled) }, { emptyIsAbsent: true }), {
  doc: 'Option ROM that the guest sees.',
});

const acpi = child(element({ index: attr(uint(), { blank: [0] }) }, { emptyIsAbsent: true }), {
  doc: 'Index by which guests name the device (`acpi-index`).',
});

const LOADPARM_MAX = 8;

const boot = child(
  element(
    { order: attr(positive, { required: true }), loadparm: attr(filled) },
    {
      refine: (value, at) => {
        const loadparm = value.loadparm?.toUpperCase();
        if (loadparm === undefined) return value;
        if (loadparm.length <= LOADPARM_MAX) return { ...value, loadparm };
        throw fault(at, 'INTERNAL_ERROR', `loadparm value '${loadparm}' must be between 1 and ${LOADPARM_MAX} characters`);
      },
    },
  ),
  {
    doc: 'Place of the device in the order in which firmware tries to boot.',
  },
);

const address = child(deviceAddress, { doc: 'Where the device sits in the guest.' });

export const deviceInfo = { alias, acpi, address };
export const bootableDevice = { boot, ...deviceInfo };
/** Cards and devices of the host alone have an option ROM that can be told. */
export const deviceWithRom = { boot, alias, rom, acpi, address };

/** Options of every virtio device. */
export const virtioOptions = {
  iommu: attr(onOff),
  ats: attr(onOff),
  packed: attr(onOff),
  pagePerVq: attr(onOff, { xml: 'page_per_vq' }),
};

/** `<driver>` of a device that has only the virtio options. */
export const virtioDriver = child(element(virtioOptions, { emptyIsAbsent: true }));
