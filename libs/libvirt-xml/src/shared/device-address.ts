/** Where a device sits in the guest, or on the host. */
import { attr, byTag, child, forTags } from '../model/field.js';
import { element, tagged, type ValueOf } from '../model/element.js';
import { filled, hex, oneOf, onOff, uint } from '../model/scalar.js';
import { fault, unsupported, xmlError, type Place } from '../model/place.js';

const pciLimits = { domain: 0xffff, bus: 0xff, slot: 0x1f, function: 0x7 } as const;
type PciPart = keyof typeof pciLimits;

export interface PciAddress {
  readonly domain: number;
  readonly bus: number;
  readonly slot: number;
  readonly function: number;
}

/** An address of zeros is a wish for one; the function does not count, as in libvirt. */
export const isWanted = ({ domain, bus, slot }: PciAddress): boolean => domain + bus + slot === 0;

function invalidPci(name: PciPart, given: string, at: Place) {
  const number = Number(given);
  if (!Number.isSafeInteger(number) || number < 0) {
    const where = `attribute '${name}' in element '${at.element.name}'`;
    return xmlError(at, `Invalid value for ${where}: '${given}'. Expected non-negative integer value`, 5);
  }
  return xmlError(at, `Invalid PCI address ${name}=0x${number.toString(16)}, must be <= ${pciLimits[name].toString(16)}`, 0);
}

const pciPart = (name: PciPart, digits: number, shown?: (owner: never) => boolean) =>
  attr(hex(digits, { max: pciLimits[name] }), {
    fallback: 0,
    invalid: (given, at) => invalidPci(name, given, at),
    ...(shown ? { shown } : {}),
  });

/** A PCI address on the host: always written whole. */
export const pciAddressFields = {
  domain: pciPart('domain', 4),
  bus: pciPart('bus', 2),
  slot: pciPart('slot', 2),
  function: pciPart('function', 1),
};

const given = (owner: PciAddress): boolean => !isWanted(owner);

const decimal = attr(uint(), { fallback: 0 });

/** Numbers by which mainframes know PCI devices. */
const zpci = element({ uid: attr(hex(4)), fid: attr(hex(8)) }, { emptyIsAbsent: true });

/** Port of a USB hub, such as `1.2`. */
const usbPort = {
  ...filled,
  label: 'port such as 1.2',
  read: (text: string) => (/^\d+(\.\d+){0,3}$/.test(text) ? text : undefined),
};

const types = [
  'pci',
  'drive',
  'virtio-serial',
  'ccid',
  'usb',
  'spapr-vio',
  'virtio-s390',
  'ccw',
  'virtio-mmio',
  'isa',
  'dimm',
  'unassigned',
] as const;

export const deviceAddress = tagged('type', {
  type: attr(oneOf(...types), {
    required: (at) => xmlError(at, "Missing required attribute 'type' in element 'address'", 5),
    invalid: (value, at) => unsupported(at, `unknown address type '${value}'`),
  }),
  domain: byTag({ pci: pciPart('domain', 4, given) }),
  controller: forTags(['drive', 'virtio-serial', 'ccid'], decimal),
  bus: byTag({ pci: pciPart('bus', 2, given), drive: decimal, 'virtio-serial': decimal, usb: attr(uint(), { fallback: 0 }) }),
  target: byTag({ drive: decimal }),
  unit: byTag({ drive: decimal }),
  slot: byTag({ pci: pciPart('slot', 2, given), ccid: decimal, dimm: attr(uint(), { required: true }) }),
  port: byTag({
    'virtio-serial': decimal,
    usb: attr(usbPort, {
      blank: ['0'],
      invalid: (_, at) => fault(at, 'INTERNAL_ERROR', "Cannot parse <address> 'port' attribute"),
    }),
  }),
  base: byTag({ dimm: attr(hex(0, { max: Number.MAX_SAFE_INTEGER })) }),
  function: byTag({ pci: pciPart('function', 1, given) }),
  multifunction: byTag({ pci: attr(onOff) }),
  zpci: byTag({ pci: child(zpci) }),
  iobase: byTag({ isa: attr(hex(0)) }),
  irq: byTag({ isa: attr(hex(0)) }),
  reg: byTag({ 'spapr-vio': attr(hex(8, { max: Number.MAX_SAFE_INTEGER })) }),
  cssid: byTag({ ccw: attr(hex(0)) }),
  ssid: byTag({ ccw: attr(hex(0)) }),
  devno: byTag({ ccw: attr(hex(4)) }),
});

export type DeviceAddress = ValueOf<typeof deviceAddress>;
