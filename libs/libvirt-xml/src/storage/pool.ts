import { attr, byTag, child, children, forTags } from '../model/field.js';
import { element, leaf, sized, tagged, type TaggedValue } from '../model/element.js';
import { defined } from '../model/defined.js';
import { filled, oneOf, text, yesNo } from '../model/scalar.js';
import { xmlError, type Place } from '../model/place.js';
import type { ReadContext } from '../model/read.js';
import { uuid } from '../formats/uuid.js';
import { permissions } from './permissions.js';
import { sources } from './pool-source.js';
import { checkName, cleanPath, malformedUuid, STORAGE } from './storage-name.js';

/** libvirt's types of pool, in its order. */
export const storagePoolTypes = [
  'dir',
  'fs',
  'netfs',
  'logical',
  'disk',
  'iscsi',
  'iscsi-direct',
  'scsi',
  'mpath',
  'rbd',
  'sheepdog',
  'gluster',
  'zfs',
  'vstorage',
] as const;

/** Pools whose volumes have a path on the host. */
const onHost = ['dir', 'fs', 'netfs', 'logical', 'disk', 'iscsi', 'scsi', 'mpath', 'zfs', 'vstorage'] as const;

const target = element({
  path: child(leaf(cleanPath)),
  permissions: child(permissions),
});

const source = byTag({
  dir: child(sources.dir, { always: true }),
  fs: child(sources.fs, { always: true }),
  netfs: child(sources.netfs, { always: true }),
  logical: child(sources.logical, { always: true }),
  disk: child(sources.disk, { always: true }),
  iscsi: child(sources.iscsi, { always: true }),
  'iscsi-direct': child(sources['iscsi-direct'], { always: true }),
  scsi: child(sources.scsi, { always: true }),
  mpath: child(sources.mpath, { always: true }),
  rbd: child(sources.rbd, { always: true }),
  sheepdog: child(sources.sheepdog, { always: true }),
  gluster: child(sources.gluster, { always: true }),
  zfs: child(sources.zfs, { always: true }),
  vstorage: child(sources.vstorage, { always: true }),
});

const mountNamespace = { prefix: 'fs', uri: 'http://libvirt.org/schemas/storagepool/fs/1.0' };
const clusterNamespace = { prefix: 'rbd', uri: 'http://libvirt.org/schemas/storagepool/rbd/1.0' };

const mountOptions = element({ option: children(element({ name: attr(text, { required: true }) }), { ns: mountNamespace }) });
const clusterOptions = element({
  option: children(element({ name: attr(text, { required: true }), value: attr(text, { required: true }) }), { ns: clusterNamespace }),
});

const bytes = (doc: string) => child(sized({ unit: 'bytes' }), { fallback: 0, doc });

const poolFields = {
  type: attr(oneOf(...storagePoolTypes), { required: true }),
  name: child(leaf(filled), { required: (at) => xmlError(at, 'missing pool source name element', STORAGE) }),
  uuid: child(leaf(uuid, { invalid: malformedUuid })),
  capacity: bytes('Size of the file system that the pool lies in; what a definition says is not looked at.'),
  allocation: bytes('Bytes in use there.'),
  available: bytes('Bytes free there.'),
  features: child(element({ cow: child(element({ state: attr(yesNo, { required: true }) })) }, { emptyIsAbsent: true })),
  source,
  target: forTags(onHost, child(target, { always: true })),
  mount_opts: forTags(['fs', 'netfs'], child(mountOptions, { ns: mountNamespace })),
  config_opts: byTag({ rbd: child(clusterOptions, { ns: clusterNamespace }) }),
};

export type StoragePoolDef = TaggedValue<typeof poolFields, 'type'>;

/** A place for images. */
export const storagePool = tagged('type', poolFields, { refine: refinePool });

function refinePool(value: StoragePoolDef, at: Place, context: ReadContext): StoragePoolDef {
  const { name } = value;
  checkName(name, at);
  const sizes = context.flavour === 'inactive' ? { capacity: 0, allocation: 0, available: 0 } : {};
  const uuidOf = value.uuid ?? context.newUuid?.();
  const named = { ...value, ...sizes, ...defined({ uuid: uuidOf }) };
  return withTarget(withSourceName(named), at);
}

/** What a pool is called is what it is on its host, unless it says otherwise. */
function withSourceName(value: StoragePoolDef): StoragePoolDef {
  const { name } = value;
  switch (value.type) {
    case 'logical':
      return { ...value, source: { name, ...value.source } };
    case 'sheepdog':
      return { ...value, source: { name, ...value.source } };
    case 'gluster':
      return { ...value, source: { name, ...value.source } };
    case 'zfs':
      return { ...value, source: { name, ...value.source } };
    case 'vstorage':
      return { ...value, source: { name, ...value.source } };
    default:
      return value;
  }
}

const devices = { logical: '/dev', zfs: '/dev/zvol' } as const;

function withTarget(value: StoragePoolDef, at: Place): StoragePoolDef {
  if (!('target' in value) || value.target === undefined) return value;
  const path = value.type === 'logical' || value.type === 'zfs' ? `${devices[value.type]}/${value.source.name}` : value.target.path;
  if (path === undefined) throw xmlError(at, 'missing storage pool target path', STORAGE);
  return { ...value, target: { ...value.target, path } };
}
