/** Where the bytes of a disk, a firmware image or a backing image are. */
import { attr, byTag, child, children, content, type PlainField } from '../model/field.js';
import { element, sized, type ValueOf } from '../model/element.js';
import { filled, oneOf, text, uint, ulong, yesNo } from '../model/scalar.js';
import { unsupported, xmlError } from '../model/place.js';
import { reconnect } from './chardev.js';
import { pciAddressFields } from './device-address.js';
import { encryption } from './encryption.js';
import { storageAuth } from './storage-auth.js';
import { deviceSeclabels } from './seclabel.js';

export const storageTypes = ['file', 'block', 'dir', 'network', 'volume', 'nvme', 'vhostuser'] as const;

/** Slices of other types are not ours to know, nor libvirt's. */
const slice = element(
  {
    type: attr(filled, { required: true }),
    offset: attr(ulong, { required: true }),
    size: attr(ulong, { required: true }),
  },
  { refine: (value) => (value.type === 'storage' ? value : undefined) },
);

const reservationSource = element({
  type: attr(oneOf('unix'), { required: true }),
  path: attr(filled, { required: true }),
  mode: attr(oneOf('client'), { required: true }),
});

/** Persistent reservations of SCSI. */
export const reservations = child(
  element({ enabled: attr(yesNo, { live: true }), managed: attr(yesNo, { required: true }), source: child(reservationSource) }),
);

const transport = oneOf('tcp', 'unix', 'rdma');

/** A server that holds the source. */
export const storageHost = element(
  {
    name: attr(filled),
    port: attr(uint({ max: 65535 })),
    transport: attr(transport, { blank: ['tcp'], invalid: (given, at) => unsupported(at, `unknown protocol transport type '${given}'`) }),
    socket: attr(filled),
  },
  {
    refine: (value, at) => {
      const { transport: by = 'tcp', socket, name } = value;
      if (by === 'unix' && socket === undefined) throw xmlError(at, 'missing socket for unix transport');
      if (by !== 'unix' && socket !== undefined) throw xmlError(at, `transport '${by}' does not support socket attribute`);
      if (by !== 'unix' && name === undefined) throw xmlError(at, 'missing name for host');
      return value;
    },
  },
);

/** Ports of the protocols that have one of their own. */
const defaultPorts: Readonly<Record<string, number>> = {
  nbd: 10809,
  sheepdog: 7000,
  ssh: 22,
  iscsi: 3260,
  gluster: 24007,
  http: 80,
  https: 443,
  ftp: 21,
  ftps: 990,
  tftp: 69,
  vxhs: 9999,
};

function withPort(host: ValueOf<typeof storageHost>, protocol: string): ValueOf<typeof storageHost> {
  const port = defaultPorts[protocol];
  return host.transport !== undefined || host.port !== undefined || port === undefined ? host : { ...host, port };
}

/** An iSCSI name without a unit means the first. */
export function withLun(source: { readonly protocol: string; readonly name?: string }): { readonly name?: string } {
  const { protocol, name } = source;
  return protocol === 'iscsi' && name !== undefined && !name.includes('/') ? { name: `${name}/0` } : {};
}

/** What RFC 6265 forbids in a cookie's name. */
const outsideCookieNames = /[\s()<>@,;:\\"/[\]?={}]/;

const cookie = element(
  { name: attr(filled, { required: true }), value: content(text) },
  {
    refine: (value, at) => {
      if (outsideCookieNames.test(value.name)) throw xmlError(at, `cookie name '${value.name}' contains invalid characters`);
      return value;
    },
  },
);

const cookies = element({ cookie: children(cookie) });

export const initiator = child(element({ iqn: child(element({ name: attr(filled, { required: true }) })) }), {
  doc: 'Name by which the host logs in to an iSCSI target.',
});

const protocols = ['nbd', 'rbd', 'sheepdog', 'gluster', 'iscsi', 'http', 'https', 'ftp', 'ftps', 'tftp', 'ssh', 'vxhs', 'nfs'] as const;

const networkAttributes = {
  protocol: attr(oneOf(...protocols), {
    required: (at) => xmlError(at, 'missing network source protocol type'),
  }),
  name: attr(filled),
  query: attr(filled),
  tls: attr(yesNo),
  tlsHostname: attr(filled),
};

const networkContents = {
  host: children(storageHost),
  snapshot: child(element({ name: attr(filled) }, { emptyIsAbsent: true })),
  config: child(element({ file: attr(filled) }, { emptyIsAbsent: true })),
  initiator,
  ssl: child(element({ verify: attr(yesNo, { blank: [true] }) }, { emptyIsAbsent: true })),
  cookies: child(cookies, { secret: true, doc: 'Cookies that are sent with requests over HTTP.' }),
  readahead: child(element({ size: attr(ulong, { blank: [0] }) }, { emptyIsAbsent: true })),
  timeout: child(element({ seconds: attr(ulong, { blank: [0] }) }, { emptyIsAbsent: true })),
  identity: child(element({ user: attr(filled), group: attr(filled) }, { emptyIsAbsent: true })),
  reconnect: child(element({ delay: attr(uint(), { required: true }) })),
};

const slices = child(element({ slice: children(slice) }, { emptyIsAbsent: true }), { doc: 'The part of the source that is used.' });

const sourceAttributes = {
  startupPolicy: attr(oneOf('mandatory', 'requisite', 'optional'), { doc: 'What happens when the source is missing at start.' }),
  index: attr(uint(), { live: true }),
};

const sourceContents = {
  seclabel: deviceSeclabels,
  slices,
  auth: child(storageAuth),
  encryption: child(encryption),
  reservations,
};

const nvme = {
  type: attr(oneOf('pci'), { required: true }),
  managed: attr(yesNo, { fallback: true }),
  namespace: attr(uint({ min: 1, max: Number.MAX_SAFE_INTEGER }), {
    required: true,
    invalid: (given, at) =>
      Number(given) === 0
        ? unsupported(at, "NVMe namespace can't be zero")
        : xmlError(at, `Invalid value for attribute 'namespace' in element 'source': '${given}'.`, 5),
  }),
};

const quiet = { emptyIsAbsent: true } as const;

/** `<source>`, by the type of what holds it. */
export const storageSources = {
  file: child(element({ file: attr(filled), fdgroup: attr(filled), ...sourceAttributes, ...sourceContents }, quiet)),
  block: child(element({ dev: attr(filled), ...sourceAttributes, ...sourceContents }, quiet)),
  dir: child(element({ dir: attr(filled), ...sourceAttributes, ...sourceContents }, quiet)),
  network: child(
    element(
      { ...networkAttributes, ...sourceAttributes, ...networkContents, ...sourceContents },
      { refine: (value) => ({ ...value, ...withLun(value), host: value.host.map((one) => withPort(one, value.protocol)) }) },
    ),
  ),
  volume: child(
    element(
      {
        pool: attr(filled, { required: (at) => xmlError(at, 'missing pool of a volume') }),
        volume: attr(filled, { required: (at) => xmlError(at, 'missing volume name') }),
        mode: attr(oneOf('host', 'direct')),
        ...sourceAttributes,
        ...sourceContents,
      },
      quiet,
    ),
  ),
  nvme: child(element({ ...nvme, ...sourceAttributes, address: child(element(pciAddressFields), { required: true }), ...sourceContents })),
  vhostuser: child(
    element({
      type: attr(oneOf('unix'), { required: true }),
      path: attr(filled, { required: true }),
      ...sourceAttributes,
      reconnect,
      ...sourceContents,
    }),
  ),
} as const satisfies Record<(typeof storageTypes)[number], PlainField>;

export const storageSource = byTag(storageSources);

/** Limits of the cache of an image's metadata, in bytes. */
export const metadataCache = child(
  element(
    { maxSize: child(sized({ unit: 'bytes', defaultUnit: 'bytes' }), { xml: 'max_size', required: true }) },
    { refine: (value) => (value.maxSize === 0 ? undefined : value) },
  ),
  { xml: 'metadata_cache' },
);
