import { attr, child, children } from '../model/field.js';
import { element, type FieldsValue } from '../model/element.js';
import { filled, oneOf, uint, yesNo } from '../model/scalar.js';
import { fault, unsupported, xmlError, type Place } from '../model/place.js';
import { ipv4, parseIp } from '../formats/ip.js';
import { pciAddressFields } from '../shared/device-address.js';
import { findChild } from '../model/read.js';
import { NETWORK, networkName } from './network-name.js';

const natAddress = element(
  {
    start: attr(ipv4, { required: (at) => missingIn(at, 'start'), invalid: (given, at) => badIn(at, 'start', given) }),
    end: attr(ipv4, { required: (at) => missingIn(at, 'end'), invalid: (given, at) => badIn(at, 'end', given) }),
  },
  {
    refine: (value, at) => {
      const [start, end] = [parseIp(value.start), parseIp(value.end)];
      if (start && end && start.bits > end.bits) throw fault(at, 'INTERNAL_ERROR', `range ${value.start} - ${value.end} is reversed`, 0);
      return value;
    },
  },
);

const missingIn = (at: Place, name: string) =>
  xmlError(at, `missing '${name}' attribute in <${at.element.name}> element in <nat> in <forward> in network ${networkName(at)}`, NETWORK);
const badIn = (at: Place, name: string, given: string) =>
  xmlError(at, `Bad ipv4 ${name} address '${given}' in <nat> in <forward> in network '${networkName(at)}'`, NETWORK);

const badPort = (name: string) => (at: Place) =>
  fault(at, 'XML_DETAIL', `Missing or invalid '${name}' attribute in <port> in <nat> in <forward> in network ${networkName(at)}`, NETWORK);
const portNumber = (name: string) => attr(uint({ max: 65535 }), { required: badPort(name), invalid: (_, at) => badPort(name)(at) });

const natPort = element(
  { start: portNumber('start'), end: portNumber('end') },
  {
    refine: (value, at) => {
      if (value.end < value.start) throw badPort('end')(at);
      return value;
    },
  },
);

const nat = element(
  { ipv6: attr(yesNo, { blank: [false] }), address: child(natAddress), port: child(natPort) },
  {
    emptyIsAbsent: true,
    refine: (value, at) => {
      for (const name of ['address', 'port']) {
        const count = at.element.children.filter((found) => found.kind === 'element' && found.name === name).length;
        if (count > 1)
          throw xmlError(at, `Only one <${name}> element is allowed in <nat> in <forward> in network ${networkName(at)}`, NETWORK);
      }
      return value;
    },
  },
);

const device = element({
  dev: attr(filled, {
    required: (at) =>
      xmlError(at, `Missing required dev attribute in <forward> <interface> element of network ${networkName(at)}`, NETWORK),
  }),
  connections: attr(uint(), { live: true, blank: [0] }),
});

const address = element({
  type: attr(oneOf('pci'), {
    required: (at) => unsupported(at, `missing address type in network '${networkName(at)}'`, NETWORK),
    invalid: (given, at) => unsupported(at, `unknown address type '${given}' in network '${networkName(at)}'`, NETWORK),
  }),
  ...pciAddressFields,
  connections: attr(uint(), { live: true, blank: [0] }),
});

const modes = ['none', 'nat', 'route', 'open', 'bridge', 'private', 'vepa', 'passthrough', 'hostdev'] as const;

const fields = {
  dev: attr(filled),
  mode: attr(oneOf(...modes), {
    fallback: 'nat',
    invalid: (given, at) => unsupported(at, `unknown forwarding type '${given}'`, NETWORK),
  }),
  managed: attr(yesNo),
  driver: child(
    element({
      name: attr(oneOf('kvm', 'vfio', 'xen'), {
        required: true,
        invalid: (given, at) => unsupported(at, `unknown driver name '${given}' in network '${networkName(at)}'`, NETWORK),
      }),
    }),
  ),
  nat: child(nat),
  pf: child(device),
  interface: children(device),
  address: children(address),
};

/** How traffic leaves the network; no `<forward>` at all isolates it. */
export const forward = element(fields, {
  refine: (value, at) => {
    checkForward(value, at);
    if (value.mode === 'none') return undefined;
    const { dev: _, managed, ...rest } = value;
    const dev = value.interface[0]?.dev ?? value.dev;
    const devices = value.interface.length > 0 || dev === undefined ? value.interface : [{ dev }];
    const pool = value.mode === 'hostdev' ? { managed: managed ?? false } : {};
    const { pf: __, ...withoutPf } = rest;
    const dropsPf = devices.length > 0 && value.mode !== 'hostdev';
    return { ...(dev === undefined ? {} : { dev }), ...pool, ...(dropsPf ? withoutPf : rest), interface: devices };
  },
});

type Forward = FieldsValue<typeof fields>;

function checkForward(value: Forward, at: Place): void {
  const name = networkName(at);
  const { dev, mode, pf } = value;
  const first = value.interface[0]?.dev;
  if (findChild(at.element, 'nat') && mode !== 'nat')
    throw xmlError(at, `The <nat> element can only be used when <forward> 'mode' is 'nat' in network ${name}`, NETWORK);
  if (dev !== undefined && (pf || value.address.length > 0)) {
    throw xmlError(
      at,
      `the <forward> 'dev' attribute cannot be used when <address> or <pf> sub-elements are present in network ${name}`,
      NETWORK,
    );
  }
  if (dev !== undefined && first !== undefined && dev !== first) {
    throw xmlError(at, `<forward dev='${dev}'> must match first <interface dev='${first}'/> in network ${name}`, NETWORK);
  }
  if (value.interface.length > 0 && value.address.length > 0) {
    throw xmlError(at, `<address>, <interface>, and <pf> elements are mutually exclusive in network ${name}`, NETWORK);
  }
  checkPool(value, at, name);
}

function checkPool(value: Forward, at: Place, name: string): void {
  const { mode } = value;
  const addresses = value.address.map((pci) => `${pci.domain}:${pci.bus}:${pci.slot}.${pci.function}`);
  if (new Set(addresses).size < addresses.length) throw xmlError(at, `PCI device is listed multiple times in network '${name}'`, NETWORK);
  const devices = value.interface.map(({ dev }) => dev);
  const twice = devices.find((dev, index) => devices.indexOf(dev) !== index);
  if (twice !== undefined) throw xmlError(at, `interface '${twice}' is listed multiple times in network '${name}'`, NETWORK);
  const what =
    mode === 'hostdev'
      ? devices.length > 0 || value.dev !== undefined
        ? 'device by netdev name'
        : ''
      : addresses.length > 0
        ? 'device by PCI address'
        : '';
  if (what === '') return;
  const only = mode === 'hostdev' ? 'other than' : 'with';
  throw unsupported(
    at,
    `network '${name}' has forward mode '${mode}' but lists a ${what} in the device pool. This is only supported for networks ${only} forward mode 'hostdev'`,
    NETWORK,
  );
}
