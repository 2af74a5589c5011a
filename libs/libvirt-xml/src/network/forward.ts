import { attr, child, children } from '../model/field.js';
import { element, type FieldsValue } from '../model/element.js';
import { filled, oneOf, uint, yesNo, type Scalar } from '../model/scalar.js';
import { fault, unsupported, xmlError, type Place } from '../model/place.js';
import { ipv4, parseIp } from '../formats/ip.js';
import { pciAddressFields } from '../shared/device-address.js';
import { forbid, type Ban } from '../model/ban.js';
import { defined } from '../model/defined.js';
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

/** A device of the host that traffic leaves by. */
export const device = element({
  dev: attr(filled, {
    required: (at) => xmlError(at, `missing dev attribute in <${at.element.name}> element of network ${networkName(at)}`, NETWORK),
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

/** Any other word counts as no. */
const onlyYes: Scalar<boolean> = { ...yesNo, read: (given) => given === 'yes' };

const fields = {
  dev: attr(filled),
  mode: attr(oneOf(...modes), {
    fallback: 'nat',
    invalid: (given, at) => unsupported(at, `unknown forwarding type '${given}'`, NETWORK),
  }),
  managed: attr(onlyYes),
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

type Forward = FieldsValue<typeof fields>;

/** How traffic leaves the network; no `<forward>` at all isolates it. */
export const forward = element(fields, {
  refine: (value, at) => {
    forbid(bans, value, at, NETWORK);
    return value.mode === 'none' ? undefined : tidyForward(value);
  },
});

/** `dev` repeats the first of the devices; VFs that are listed make their PF superfluous; only a pool of VFs can be managed. */
function tidyForward(value: Forward): Forward {
  const { dev: given, managed = false, pf, ...rest } = value;
  const dev = value.interface[0]?.dev ?? given;
  const devices = value.interface.length > 0 || dev === undefined ? value.interface : [{ dev }];
  const isPool = value.mode === 'hostdev';
  const kept = defined({ dev, pf: devices.length === 0 || isPool ? pf : undefined });
  return { ...rest, ...kept, ...(isPool ? { managed } : {}), interface: devices };
}

const code = 'XML_ERROR';
const devicesOf = (value: Forward): readonly string[] => value.interface.map(({ dev }) => dev);
const addressesOf = ({ address: list }: Forward): readonly string[] =>
  list.map((pci) => `${pci.domain}:${pci.bus}:${pci.slot}.${pci.function}`);
const twice = (list: readonly string[]): string | undefined => list.find((one, index) => list.indexOf(one) !== index);

const onlyFor = (what: string, value: Forward, at: Place, which: string): string =>
  `network '${networkName(at)}' has forward mode '${value.mode}' but lists a device by ${what} in the device pool. ` +
  `This is only supported for networks ${which} forward mode 'hostdev'`;

const bans: readonly Ban<Forward, Place>[] = [
  {
    code,
    when: (_, { element: { named } }) => (named.get('pf')?.length ?? 0) > 1,
    words: (_, at) => `Only one <pf> element is allowed in <forward> of network ${networkName(at)}`,
  },
  {
    code,
    when: ({ mode }, at) => findChild(at.element, 'nat') !== undefined && mode !== 'nat',
    words: (_, at) => `The <nat> element can only be used when <forward> 'mode' is 'nat' in network ${networkName(at)}`,
  },
  {
    code,
    when: ({ dev, pf, address: list }) => dev !== undefined && (pf !== undefined || list.length > 0),
    words: (_, at) =>
      `the <forward> 'dev' attribute cannot be used when <address> or <pf> sub-elements are present in network ${networkName(at)}`,
  },
  {
    code,
    when: (value) => value.dev !== undefined && value.interface[0] !== undefined && value.interface[0].dev !== value.dev,
    words: (value, at) =>
      `<forward dev='${value.dev}'> must match first <interface dev='${value.interface[0]?.dev}'/> in network ${networkName(at)}`,
  },
  {
    code,
    when: (value) => value.interface.length > 0 && value.address.length > 0,
    words: (_, at) => `<address>, <interface>, and <pf> elements are mutually exclusive in network ${networkName(at)}`,
  },
  {
    code,
    when: (value) => twice(addressesOf(value)) !== undefined,
    words: (_, at) => `PCI device is listed multiple times in network '${networkName(at)}'`,
  },
  {
    code,
    when: (value) => twice(devicesOf(value)) !== undefined,
    words: (value, at) => `interface '${twice(devicesOf(value))}' is listed multiple times in network '${networkName(at)}'`,
  },
  {
    when: (value) => value.mode === 'hostdev' && (value.dev !== undefined || value.interface.length > 0),
    words: (value, at) => onlyFor('netdev name', value, at, 'other than'),
  },
  {
    when: (value) => value.mode !== 'hostdev' && value.address.length > 0,
    words: (value, at) => onlyFor('PCI address', value, at, 'with'),
  },
];
