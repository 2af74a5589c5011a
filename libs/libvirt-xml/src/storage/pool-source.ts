/** Where each type of pool has its storage: what libvirt keeps of `<source>` for that type, in the order in which it writes. */
import { attr, byTag, child, children } from '../model/field.js';
import { element, leaf, tagged } from '../model/element.js';
import { filled, oneOf, text, uint, yesNo } from '../model/scalar.js';
import { xmlError, type Place } from '../model/place.js';
import { secretReference } from '../shared/storage-auth.js';
import { cleanPath, STORAGE, unknownFormat } from './storage-name.js';

const missing = (what: string) => (at: Place) => xmlError(at, `missing storage pool source ${what}`, STORAGE);

const host = element({
  name: attr(filled, { required: missing('host name') }),
  port: attr(uint({ max: 65535 }), { blank: [0], invalid: (given, at) => xmlError(at, `Invalid port number: ${given}`, STORAGE) }),
});
const device = element({
  path: attr(filled, { required: missing('device path') }),
  part_separator: attr(yesNo),
});
const dir = element({ path: attr(cleanPath, { required: missing('path') }) });
const named = element({ name: attr(text) });
const auth = element({
  type: attr(oneOf('chap', 'ceph'), {
    required: (at) => xmlError(at, 'missing auth type attribute', STORAGE),
    invalid: (given, at) => xmlError(at, `unknown auth type '${given}'`, STORAGE),
  }),
  username: attr(filled, { required: (at) => xmlError(at, 'missing username for auth', STORAGE) }),
  secret: child(element(secretReference), { required: (at) => xmlError(at, 'missing secret element for auth', STORAGE) }),
});

const adapterFields = {
  type: attr(oneOf('scsi_host', 'fc_host'), {
    fallback: 'scsi_host' as const,
    invalid: (given, at) => xmlError(at, `Unknown pool adapter type '${given}'`, STORAGE),
  }),
  name: byTag({ scsi_host: attr(filled) }),
  parent: byTag({ fc_host: attr(filled) }),
  managed: byTag({ fc_host: attr(yesNo) }),
  wwnn: byTag({ fc_host: attr(filled) }),
  wwpn: byTag({ fc_host: attr(filled) }),
};

const hosts = children(host);
const devices = children(device);
const initiator = child(element({ iqn: child(named, { required: missing('initiator IQN') }) }));
/** What any type may say of who makes and who asks. */
const common = { auth: child(auth) };
const maker = { vendor: child(named), product: child(named) };
const name = child(leaf(filled));

const format = <const W extends readonly string[]>(fallback: NoInfer<W[number]>, ...words: W) =>
  child(element({ type: attr(oneOf(...words), { fallback, invalid: unknownFormat('pool') }) }), { always: true });

const oneHost = {
  refine: <T extends { readonly host: readonly unknown[] }>(value: T, at: Place): T => needed(value, value.host, 'host name', at),
};
const oneDevice = {
  refine: <T extends { readonly device: readonly unknown[] }>(value: T, at: Place): T => needed(value, value.device, 'device name', at),
};

function needed<T>(value: T, list: readonly unknown[], what: string, at: Place): T {
  if (list.length === 0) throw missing(what)(at);
  return value;
}

const requiredDir = child(dir, { required: missing('path') });

export const sources = {
  dir: element({ ...maker }, { paired: true }),
  fs: element(
    {
      device: devices,
      ...common,
      format: format(
        'auto',
        'auto',
        'ext2',
        'ext3',
        'ext4',
        'ufs',
        'iso9660',
        'udf',
        'gfs',
        'gfs2',
        'vfat',
        'hfs+',
        'xfs',
        'ocfs2',
        'vmfs',
      ),
      ...maker,
    },
    oneDevice,
  ),
  netfs: element(
    {
      host: hosts,
      dir: requiredDir,
      ...common,
      format: format('auto', 'auto', 'nfs', 'glusterfs', 'cifs'),
      protocol: child(element({ ver: attr(filled) })),
      ...maker,
    },
    oneHost,
  ),
  logical: element({ device: devices, name, ...common, format: format('lvm2', 'unknown', 'lvm2'), ...maker }),
  disk: element(
    {
      device: devices,
      ...common,
      format: format('unknown', 'unknown', 'dos', 'dvh', 'gpt', 'mac', 'bsd', 'pc98', 'sun', 'lvm2'),
      ...maker,
    },
    oneDevice,
  ),
  iscsi: element({ host: hosts, device: devices, initiator, ...common, ...maker }, oneHost),
  'iscsi-direct': element({ host: hosts, device: devices, initiator, ...common, ...maker }, oneHost),
  scsi: element({ adapter: child(tagged('type', adapterFields), { required: missing('adapter') }), ...common, ...maker }),
  mpath: element({ ...maker }, { paired: true }),
  rbd: element({
    host: hosts,
    name: child(leaf(filled), { required: (at) => xmlError(at, "element 'name' is mandatory for RBD pool", STORAGE) }),
    ...common,
    ...maker,
  }),
  sheepdog: element({ host: hosts, name, ...common, ...maker }, oneHost),
  gluster: element({ host: hosts, dir: child(dir), name, ...common, ...maker }, oneHost),
  zfs: element({ device: devices, name, ...common, ...maker }),
  vstorage: element({ name, ...common, ...maker }),
};
