import { attr, child } from '../model/field.js';
import { element, flag, leaf, sized, type FieldsValue } from '../model/element.js';
import { filled, oneOf, text, type Scalar } from '../model/scalar.js';
import { fault, unsupported, xmlError, type Place } from '../model/place.js';
import { encryptionFields } from '../shared/encryption.js';
import { permissions } from './permissions.js';
import { STORAGE, unknownFormat } from './storage-name.js';

/** Formats of images as files. */
const formats = [
  'none',
  'raw',
  'dir',
  'bochs',
  'cloop',
  'dmg',
  'iso',
  'vpc',
  'vdi',
  'fat',
  'vhd',
  'ploop',
  'cow',
  'qcow',
  'qcow2',
  'qed',
  'vmdk',
] as const;

const format = child(element({ type: attr(oneOf(...formats), { fallback: 'raw' as const, invalid: unknownFormat('volume') }) }), {
  always: true,
});

/** Seconds since 1970, with nanoseconds behind the point. */
const moment = child(leaf(text));
const timestamps = child(element({ atime: moment, mtime: moment, ctime: moment, btime: moment }), { live: true });

const compat: Scalar<string> = {
  label: 'two numbers with a point between',
  read: (given) => (/^\d+\.\d+$/.test(given) ? given : undefined),
  write: (value) => value,
};

const features = element(
  { lazy_refcounts: child(flag), extended_l2: child(flag) },
  { unknownChild: (name) => `unsupported feature ${name}` },
);

const target = element({
  path: child(leaf(filled), { live: true }),
  format,
  permissions: child(permissions),
  timestamps,
  encryption: child(element(encryptionFields)),
  compat: child(leaf(compat, { invalid: (_, at) => xmlError(at, "forbidden characters in 'compat' attribute", STORAGE) }), {
    doc: "Version of QEMU's format: 0.10 or 1.1.",
  }),
  clusterSize: child(sized({ unit: 'B' })),
  nocow: child(flag, { doc: 'No copy on write in the file system of the pool.' }),
  features: child(features),
});

const backingStore = element(
  { path: child(leaf(filled)), format, permissions: child(permissions), timestamps },
  { refine: (value) => (value.path === undefined ? undefined : value) },
);

const quantity = { unit: 'bytes' } as const;

const fields = {
  type: attr(oneOf('file', 'block', 'dir', 'network', 'netdir', 'ploop'), {
    fallback: 'file' as const,
    invalid: (given, at) => unsupported(at, `unknown volume type '${given}'`, STORAGE),
  }),
  name: child(leaf(filled), { required: (at) => xmlError(at, 'missing volume name element', STORAGE) }),
  key: child(leaf(filled), { live: true, doc: 'What identifies the volume on its host: its path.' }),
  capacity: child(sized(quantity), { doc: "The size that the guest sees; that of the backing image when it isn't given." }),
  allocation: child(sized(quantity), { doc: 'Bytes that it takes up; all of its capacity when it is made and nothing is said.' }),
  physical: child(sized(quantity), { live: true, doc: 'Size of the file.' }),
  target: child(target, { always: true }),
  backingStore: child(backingStore),
};

export type StorageVolumeDef = FieldsValue<typeof fields>;

/** An image in a pool. */
export const storageVolume = element(fields, { refine: refineVolume });

function refineVolume(value: StorageVolumeDef, at: Place): StorageVolumeDef {
  const { name } = value;
  if (name.includes('/')) throw fault(at, 'OPERATION_INVALID', `volume name '${name}' cannot contain '/'`, STORAGE);
  if (value.capacity === undefined && value.backingStore === undefined) throw xmlError(at, 'missing capacity element', STORAGE);
  return value;
}
