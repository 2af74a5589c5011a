import { attr, byTag, child, children } from '../../model/field.js';
import { element, tagged, type ValueOf } from '../../model/element.js';
import { filled, hex, oneOf, uint } from '../../model/scalar.js';
import { fault, unsupported, xmlError, type Place } from '../../model/place.js';
import { uuid } from '../../formats/uuid.js';
import { reconnect } from '../../shared/chardev.js';
import { pciAddressFields } from '../../shared/device-address.js';
import { interfaceAddress, interfaceRoute } from '../../shared/interface-address.js';
import { typeOfInterface } from './type.js';

const needed = { required: true } as const;

const sourceMissing = (at: Place) => {
  const type = typeOfInterface(at);
  return xmlError(at, `interface type='${type}' requires a 'source' element`);
};

/** How a connection was granted, seen while the domain runs. */
const granted = {
  network: attr(filled, { live: true }),
  portgroup: attr(filled, { live: true }),
  portid: attr(uuid, { live: true }),
};

const macTableManager = attr(oneOf('kernel', 'libvirt'), { live: true });

const network = element({
  network: attr(filled, needed),
  portgroup: attr(filled),
  portid: attr(uuid, { live: true, doc: 'The network port that the network has granted.' }),
  bridge: attr(filled, { live: true }),
  macTableManager,
});

const bridge = element({ ...granted, bridge: attr(filled, needed), macTableManager });

const direct = element({
  ...granted,
  dev: attr(filled, needed),
  mode: attr(oneOf('vepa', 'private', 'bridge', 'passthrough'), { fallback: 'vepa' }),
});

const vhostuser = element(
  {
    type: attr(oneOf('unix'), {
      fallback: 'unix',
      invalid: (given, at) => unsupported(at, `Type='${given}' unsupported for <interface type='vhostuser'>`),
    }),
    path: attr(filled, needed),
    mode: attr(oneOf('client', 'server'), needed),
    reconnect,
  },
  {
    refine: (value, at) => {
      if (value.mode === 'server' && value.reconnect)
        throw unsupported(at, "'reconnect' attribute unsupported 'server' mode for <interface type='vhostuser'>");
      return value;
    },
  },
);

const port = attr(uint({ max: 65535 }), { required: true });
const local = element({ address: attr(filled, needed), port });
const server = element({ address: attr(filled), port });
const client = element({ address: attr(filled, needed), port });
const udp = element({
  address: attr(filled, needed),
  port,
  local: child(local, { required: (at) => xmlError(at, "Missing required element 'local' in element 'source'") }),
});

const usbId = (name: string) =>
  child(element({ id: attr(hex(4, { min: 1, max: 0xffff }), { required: true }) }), { doc: `USB ${name} of a device on the host.` });

const hostdevAddress = tagged('type', {
  type: attr(oneOf('pci', 'usb'), {
    required: (at) => xmlError(at, 'missing source address type'),
    invalid: (given, at) => unsupported(at, `unknown host device source address type '${given}'`),
  }),
  domain: byTag({ pci: pciAddressFields.domain }),
  bus: byTag({ pci: pciAddressFields.bus, usb: attr(uint(), needed) }),
  device: byTag({ usb: attr(uint(), needed) }),
  slot: byTag({ pci: pciAddressFields.slot }),
  function: byTag({ pci: pciAddressFields.function }),
});

const hostdev = element(
  {
    startupPolicy: attr(oneOf('mandatory', 'requisite', 'optional')),
    vendor: usbId('vendor'),
    product: usbId('product'),
    address: child(hostdevAddress),
  },
  {
    refine: (value, at) => {
      if (!value.address && !value.vendor) throw xmlError(at, 'missing source address type');
      if (!value.address && !value.product) throw fault(at, 'INTERNAL_ERROR', 'missing product');
      if (value.startupPolicy && value.address?.type === 'pci')
        throw unsupported(at, 'Setting startupPolicy is only allowed for USB devices');
      return value;
    },
  },
);

const vds = element({
  switchid: attr(uuid, needed),
  portid: attr(uint({ max: Number.MAX_SAFE_INTEGER }), needed),
  portgroupid: attr(filled, needed),
  connectionid: attr(uint({ max: Number.MAX_SAFE_INTEGER }), needed),
});

const hostSide = element({ ip: children(interfaceAddress), route: children(interfaceRoute) }, { emptyIsAbsent: true });

const required = { required: sourceMissing } as const;

/** What the host's end of the interface is connected to. */
export const interfaceSource = byTag({
  user: child(element({ dev: attr(filled) }, { emptyIsAbsent: true })),
  ethernet: child(hostSide, { doc: 'Addresses and routes of the host side.' }),
  vhostuser: child(vhostuser, required),
  server: child(server, required),
  client: child(client, required),
  mcast: child(client, required),
  network: child(network, required),
  bridge: child(bridge, required),
  internal: child(element({ name: attr(filled, needed) }), required),
  direct: child(direct, required),
  hostdev: child(hostdev, { required: (at) => xmlError(at, 'missing source address type') }),
  udp: child(udp, required),
  vdpa: child(element({ dev: attr(filled, needed) }), required),
  vds: child(vds, required),
});

export type HostdevSource = ValueOf<typeof hostdev>;
