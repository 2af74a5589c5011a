import { attr, byTag, child, forTags } from '../model/field.js';
import { element, leaf, sized, tagged, type TaggedValue } from '../model/element.js';
import { hex, oneOf, onOff, uint } from '../model/scalar.js';
import { unsupported, xmlError, type Place } from '../model/place.js';
import { deviceInfo, virtioOptions } from '../shared/device-info.js';

const types = ['ide', 'fdc', 'scsi', 'sata', 'virtio-serial', 'ccid', 'usb', 'pci', 'xenbus', 'isa'] as const;

const unknownModel = (given: string, at: Place) => unsupported(at, `Unknown model type '${given}'`);
const model = <const W extends readonly string[]>(...words: W) => attr(oneOf(...words), { invalid: unknownModel });

const models = {
  ide: model('piix3', 'piix4', 'ich6'),
  scsi: model(
    'auto',
    'buslogic',
    'lsilogic',
    'lsisas1068',
    'vmpvscsi',
    'ibmvscsi',
    'virtio-scsi',
    'lsisas1078',
    'virtio-transitional',
    'virtio-non-transitional',
    'ncr53c90',
    'dc390',
    'am53c974',
  ),
  'virtio-serial': model('virtio', 'virtio-transitional', 'virtio-non-transitional'),
  sata: model(),
  usb: model(
    'piix3-uhci',
    'piix4-uhci',
    'ehci',
    'ich9-ehci1',
    'ich9-uhci1',
    'ich9-uhci2',
    'ich9-uhci3',
    'vt82c686b-uhci',
    'pci-ohci',
    'nec-xhci',
    'qusb1',
    'qusb2',
    'qemu-xhci',
    'none',
  ),
  pci: model(
    'pci-root',
    'pcie-root',
    'pci-bridge',
    'dmi-to-pci-bridge',
    'pcie-to-pci-bridge',
    'pcie-root-port',
    'pcie-switch-upstream-port',
    'pcie-switch-downstream-port',
    'pci-expander-bus',
    'pcie-expander-bus',
  ),
};

/** The device of QEMU that plays a PCI controller. */
const pciModelNames = [
  'pci-bridge',
  'i82801b11-bridge',
  'ioh3420',
  'x3130-upstream',
  'xio3130-downstream',
  'pxb',
  'pxb-pcie',
  'pcie-root-port',
  'spapr-pci-host-bridge',
  'pcie-pci-bridge',
] as const;

const pciTarget = element(
  {
    chassisNr: attr(uint({ max: 255 }), {
      invalid: (given, at) => unsupported(at, `PCI controller chassisNr '${given}' out of range - must be 1-255`),
    }),
    chassis: attr(uint({ max: 255 })),
    port: attr(hex(0, { max: 255 })),
    busNr: attr(uint({ max: 254 })),
    index: attr(uint({ max: 30 })),
    hotplug: attr(onOff),
    node: child(leaf(uint())),
  },
  { emptyIsAbsent: true },
);

const driver = child(
  element(
    {
      queues: attr(uint(), { blank: [0] }),
      cmdPerLun: attr(uint(), { xml: 'cmd_per_lun', blank: [0] }),
      maxSectors: attr(uint(), { xml: 'max_sectors', blank: [0] }),
      ioeventfd: attr(onOff),
      iothread: attr(uint(), { blank: [0] }),
      ...virtioOptions,
    },
    { emptyIsAbsent: true },
  ),
);

const master = child(element({ startport: attr(uint(), { required: true }) }), { doc: 'First port of a USB companion controller.' });
const { alias, ...place } = deviceInfo;

const fields = {
  type: attr(oneOf(...types), {
    fallback: 'ide' as const,
    invalid: (given, at) => xmlError(at, `Invalid value for attribute 'type' in element 'controller': '${given}'.`, 5),
  }),
  index: attr(uint({ max: 0x7fff_ffff }), { doc: 'Given out in order when it is absent.' }),
  model: byTag(models),
  ports: forTags(['virtio-serial', 'usb'], attr(uint())),
  vectors: forTags(['virtio-serial'], attr(uint())),
  maxGrantFrames: forTags(['xenbus'], attr(uint())),
  maxEventChannels: forTags(['xenbus'], attr(uint())),
  modelName: byTag({ pci: child(element({ name: attr(oneOf(...pciModelNames)) }, { emptyIsAbsent: true }), { xml: 'model' }) }),
  target: byTag({ pci: child(pciTarget) }),
  driver,
  alias,
  master,
  ...place,
  pcihole64: byTag({ pci: child(sized({ unit: 'KiB' })) }),
};

export type ControllerDef = TaggedValue<typeof fields, 'type'>;

/** A controller that devices sit behind. */
export const controller = tagged('type', fields, {
  refine: (value) => {
    if (value.type === 'pci') return withoutHole(value);
    return value.type === 'usb' && !value.master ? withMaster(value) : value;
  },
});

/** Only a root bus has a 64-bit window. */
function withoutHole(value: ControllerDef & { readonly type: 'pci' }): ControllerDef {
  const { pcihole64: _, ...rest } = value;
  return value.model === 'pci-root' || value.model === 'pcie-root' ? value : rest;
}

const companionPorts: Readonly<Record<string, number>> = { 'ich9-uhci1': 0, 'ich9-uhci2': 2, 'ich9-uhci3': 4 };

/** Companions of a USB 2 controller serve its ports from a fixed one on. */
function withMaster<T extends { readonly model?: string }>(value: T): T {
  const startport = companionPorts[value.model ?? ''];
  return startport === undefined ? value : { ...value, master: { startport } };
}
