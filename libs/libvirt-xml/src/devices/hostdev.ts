import { attr, byTag, child, children } from '../model/field.js';
import { element, flag, tagged, type TaggedValue } from '../model/element.js';
import { anyBase, filled, hex, oneOf, onOff, uint, yesNo } from '../model/scalar.js';
import { fault, unsupported, xmlError, type Place } from '../model/place.js';
import { uuid } from '../formats/uuid.js';
import { deviceWithRom } from '../shared/device-info.js';
import { pciAddressFields } from '../shared/device-address.js';
import { initiator, storageHost, withLun } from '../shared/storage-source.js';
import { storageAuth } from '../shared/storage-auth.js';
import { teaming } from './interface/details.js';

const usbId = element({ id: attr(hex(4, { min: 1, max: 0xffff }), { required: true }) });

const usbSource = element(
  {
    startupPolicy: attr(oneOf('mandatory', 'requisite', 'optional')),
    guestReset: attr(oneOf('off', 'uninitialized', 'on')),
    vendor: child(usbId),
    product: child(usbId),
    address: child(element({ bus: attr(anyBase(), { required: true }), device: attr(anyBase(), { required: true }) })),
  },
  {
    refine: (value, at) => {
      if (value.vendor && !value.product) throw fault(at, 'INTERNAL_ERROR', 'missing product');
      if (value.product && !value.vendor) throw fault(at, 'INTERNAL_ERROR', 'missing vendor');
      if (!value.vendor && !value.address) throw xmlError(at, 'missing usb device address or vendor and product');
      return value;
    },
  },
);

const pciSource = element({
  writeFiltering: attr(yesNo, { doc: 'Whether writes to configuration space are filtered; QEMU cannot choose.' }),
  address: child(element(pciAddressFields), { always: true }),
});

const scsiAddress = element({
  bus: attr(uint(), { required: true }),
  target: attr(uint(), { required: true }),
  unit: attr(uint({ max: Number.MAX_SAFE_INTEGER }), { required: true }),
});

const noAdapter = (at: Place) => xmlError(at, "'adapter' name must be specified for scsi hostdev source");

const scsiSource = tagged(
  'protocol',
  {
    protocol: attr(oneOf('adapter', 'iscsi'), {
      fallback: 'adapter',
      invalid: (given, at) => unsupported(at, `Unknown SCSI subsystem protocol '${given}'`),
      shown: ({ protocol }: { protocol: string }) => protocol !== 'adapter',
    }),
    name: byTag({ iscsi: attr(filled, { required: (at) => xmlError(at, 'missing iSCSI hostdev source path name') }) }),
    adapter: byTag({
      adapter: child(element({ name: attr(filled, { required: noAdapter }) }), { required: noAdapter }),
    }),
    address: byTag({
      adapter: child(scsiAddress, { required: (at) => xmlError(at, "'address' must be specified for scsi hostdev source") }),
    }),
    host: byTag({ iscsi: children(storageHost) }),
    auth: byTag({ iscsi: child(storageAuth) }),
    initiator: byTag({ iscsi: initiator }),
  },
  { refine: (value) => (value.protocol === 'iscsi' ? { ...value, ...withLun(value) } : value) },
);

const vhostSource = element({
  protocol: attr(oneOf('vhost'), { required: true }),
  wwpn: attr(filled, { required: (at) => xmlError(at, 'missing vhost-scsi hostdev source path name') }),
});

const mdevSource = element({
  address: child(
    element({
      uuid: attr(uuid, {
        required: true,
        invalid: (given, at) => xmlError(at, `Cannot parse uuid attribute of element <address>: '${given}'`),
      }),
    }),
    {
      required: (at) => xmlError(at, 'Missing <address> element'),
    },
  ),
});

const missing = { required: (at: Parameters<typeof xmlError>[0]) => xmlError(at, 'Missing <source> element in hostdev device') };

const fields = {
  mode: attr(oneOf('subsystem'), {
    fallback: 'subsystem',
    invalid: (given, at) =>
      unsupported(at, given === 'capabilities' ? `hostdev mode '${given}' is not supported in qemu` : `unknown hostdev mode '${given}'`),
  }),
  type: attr(oneOf('usb', 'pci', 'scsi', 'scsi_host', 'mdev'), {
    required: true,
    invalid: (given, at) => unsupported(at, `unknown host device source address type '${given}'`),
  }),
  managed: attr(yesNo, { fallback: false }),
  sgio: byTag({ scsi: attr(oneOf('filtered', 'unfiltered')) }),
  rawio: byTag({ scsi: attr(yesNo) }),
  model: byTag({
    mdev: attr(oneOf('vfio-pci', 'vfio-ccw', 'vfio-ap'), {
      required: (at) => xmlError(at, "Missing 'model' attribute in mediated device's <hostdev> element"),
    }),
    scsi_host: attr(oneOf('virtio', 'virtio-transitional', 'virtio-non-transitional')),
  }),
  display: byTag({ mdev: attr(onOff) }),
  ramfb: byTag({ mdev: attr(onOff) }),
  driver: byTag({
    pci: child(
      element(
        { name: attr(oneOf('kvm', 'vfio', 'xen'), { invalid: (given, at) => unsupported(at, `unknown driver name '${given}'`) }) },
        { emptyIsAbsent: true },
      ),
    ),
  }),
  source: byTag({
    usb: child(usbSource, missing),
    pci: child(pciSource, missing),
    scsi: child(scsiSource, missing),
    scsi_host: child(vhostSource, missing),
    mdev: child(mdevSource, missing),
  }),
  teaming: byTag({ pci: teaming }),
  readonly: child(flag),
  shareable: child(flag),
  ...deviceWithRom,
};

export type HostdevDef = TaggedValue<typeof fields, 'type'>;
/** A device of the host given to the guest. */
export const hostdev = tagged('type', fields, {
  refine: (value, at) => {
    if (value.type !== 'scsi' && at.element.attributes.has('rawio')) throw xmlError(at, 'rawio is only supported for scsi host device');
    if (value.type !== 'usb' && startupPolicyOf(at) !== undefined) {
      throw unsupported(at, 'Setting startupPolicy is only allowed for USB devices');
    }
    return value;
  },
});

const startupPolicyOf = ({ element: { named } }: Place): string | undefined => named.get('source')?.[0]?.attributes.get('startupPolicy');
