/** The smaller elements of an interface. */
import { attr, byTag, child, children, forTags } from '../../model/field.js';
import { element, leaf } from '../../model/element.js';
import { filled, oneOf, text, uint, ulong, yesNo } from '../../model/scalar.js';
import { fault, unsupported, xmlError } from '../../model/place.js';
import { ip } from '../../formats/ip.js';
import { isMulticast, mac } from '../../formats/mac.js';

export const interfaceMac = child(
  element(
    {
      address: attr(mac, { required: true, invalid: (given, at) => xmlError(at, `unable to parse mac address '${given}'`) }),
      type: attr(oneOf('generated', 'static')),
      check: attr(yesNo),
    },
    {
      refine: (value, at) => {
        if (isMulticast(value.address)) throw xmlError(at, `expected unicast mac address, found multicast '${value.address}'`);
        return value;
      },
    },
  ),
  { doc: 'Made up when it is absent.' },
);

/** Names that libvirt gives to host interfaces: never a user's. */
const reserved = /^(vnet|macvtap|macvlan)/;

export const interfaceTarget = child(
  element(
    { dev: attr(filled), managed: attr(yesNo) },
    {
      emptyIsAbsent: true,
      doc: 'Name of the host interface. Names that the host gives by itself are not kept.',
      refine: (value, _, { flavour }) => {
        if (flavour === 'live' || value.managed === false || value.dev === undefined || !reserved.test(value.dev)) return value;
        const { dev: __, ...rest } = value;
        return rest;
      },
    },
  ),
  { keep: ({ dev, managed }) => managed !== undefined || dev === undefined || !reserved.test(dev) },
);

const forwardRange = element({
  start: attr(uint({ max: 65535 }), { required: true }),
  end: attr(uint({ max: 65535 }), { blank: [0] }),
  to: attr(uint({ max: 65535 }), { blank: [0] }),
  exclude: attr(yesNo),
});

export const portForward = byTag({
  user: children(
    element({ proto: attr(oneOf('tcp', 'udp'), { required: true }), address: attr(ip), dev: attr(filled), range: children(forwardRange) }),
  ),
});

export const script = child(element({ path: attr(filled) }, { emptyIsAbsent: true }));
export const backenddomain = child(element({ name: attr(filled) }, { emptyIsAbsent: true }));
export const guest = child(element({ dev: attr(filled), actual: attr(filled) }, { emptyIsAbsent: true }));

/** Slashes in a row count as one, but two at the start mean something. */
const sanitised = { ...filled, label: 'path', read: sanitise };

function sanitise(given: string): string {
  const head = /^\/\/(?!\/)/.test(given) ? '/' : '';
  return `${head}${given.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '')}`;
}

export const backend = child(
  element({ type: attr(oneOf('passt')), tap: attr(sanitised), vhost: attr(sanitised), logFile: attr(filled) }, { emptyIsAbsent: true }),
);

export const filterref = forTags(
  ['network', 'bridge', 'ethernet'],
  child(
    element({
      filter: attr(filled, { required: true }),
      parameter: children(element({ name: attr(filled, { required: true }), value: attr(text, { required: true }) }), {
        order: (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
      }),
    }),
  ),
);

export const tune = child(
  element(
    { sndbuf: child(leaf(ulong, { invalid: (_, at) => xmlError(at, 'sndbuf must be a positive integer') })) },
    { emptyIsAbsent: true },
  ),
);

export const teaming = child(
  element(
    { type: attr(oneOf('persistent', 'transient'), { required: true }), persistent: attr(filled) },
    {
      refine: (value, at) => {
        if (value.type === 'transient' && value.persistent === undefined) {
          throw unsupported(at, "teaming persistent attribute must be set if teaming type is 'transient'");
        }
        if (value.type === 'persistent' && value.persistent !== undefined) {
          throw unsupported(at, "teaming persistent attribute not allowed if teaming type is 'persistent'");
        }
        return value;
      },
    },
  ),
);

export const link = child(
  element(
    { state: attr(oneOf('up', 'down'), { invalid: (given, at) => unsupported(at, `unknown interface link state '${given}'`) }) },
    { emptyIsAbsent: true },
  ),
);

export const mtu = child(
  element({ size: attr(uint(), { blank: [0], invalid: (_, at) => xmlError(at, 'malformed mtu size') }) }, { emptyIsAbsent: true }),
);

const COALESCE_MAX = 0xffff_ffff;

const frames = element(
  {
    max: attr(uint({ max: COALESCE_MAX }), {
      blank: [0],
      invalid: (given, at) =>
        /^\d+$/.test(given)
          ? fault(at, 'OVERFLOW', `value '${given}' is too big for coalesce parameter, maximum is '${COALESCE_MAX}'`)
          : fault(at, 'XML_DETAIL', `cannot parse value '${given}' for coalesce parameter`),
    }),
  },
  { emptyIsAbsent: true },
);

export const coalesce = child(element({ rx: child(element({ frames: child(frames) }, { emptyIsAbsent: true })) }, { emptyIsAbsent: true }));

export const isolation = child(element({ isolated: attr(yesNo) }, { emptyIsAbsent: true }));
