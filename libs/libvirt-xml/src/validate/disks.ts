/** What QEMU cannot do for a disk. */
import type { DiskDef } from '../devices/disk.js';
import { diskIndex } from '../devices/disk-order.js';
import { each, refusal, repeated, unsupported, type Rule } from './rule.js';

type Check = (disk: DiskDef, path: string) => ReturnType<Rule>;

const nameOf = (disk: DiskDef): string => disk.target.dev ?? '';

/** Where the source is, for messages. */
function sourceOf(disk: DiskDef): string {
  switch (disk.type) {
    case 'file':
      return disk.source?.file ?? '';
    case 'block':
      return disk.source?.dev ?? '';
    case 'dir':
      return disk.source?.dir ?? '';
    case 'network':
      return disk.source?.name ?? '';
    case 'vhostuser':
      return disk.source?.path ?? '';
    case 'volume':
    case 'nvme':
      return '';
  }
  return '';
}

const targets: Rule = ({ devices }) => {
  const again = repeated(devices.disk.map(nameOf));
  if (!again) return undefined;
  const same = devices.disk.filter((disk) => nameOf(disk) === again.value).map(sourceOf);
  return refusal(
    'XML_ERROR',
    `devices/disk[${again.index + 1}]/target`,
    `target '${again.value}' duplicated for disk sources '${same.join("' and '")}'`,
  );
};

const driveAddresses: Rule = ({ devices }) => {
  const seen = new Set<string>();
  for (const [index, { address, target }] of devices.disk.entries()) {
    if (address?.type !== 'drive') continue;
    const place = `controller='${address.controller}' bus='${address.bus}' target='${address.target}' unit='${address.unit}'`;
    if (seen.has(`${target.bus} ${place}`)) {
      return unsupported(
        `devices/disk[${index + 1}]/address`,
        `Found duplicate drive address for disk with target name '${target.dev}' ${place}`,
      );
    }
    seen.add(`${target.bus} ${place}`);
  }
  return undefined;
};

const addressSuitsBus: Check = ({ target, address }, path) => {
  const drives = ['ide', 'scsi', 'sata', 'fdc'];
  const wrong = address && drives.includes(target.bus ?? '') && address.type !== 'drive';
  return wrong
    ? unsupported(
        `${path}/address`,
        `Invalid address type '${address.type}' for the disk '${target.dev}' with the bus type '${target.bus}'`,
      )
    : undefined;
};

const named: Check = (disk, path) => {
  if (disk.address || diskIndex(nameOf(disk)) !== undefined) return undefined;
  return refusal('XML_ERROR', `${path}/target`, `Unknown disk name '${nameOf(disk)}' and no address specified`);
};

const hasSource: Check = (disk, path) => {
  if (disk.source !== undefined || disk.device === 'cdrom' || disk.device === 'floppy') return undefined;
  return refusal('NO_SOURCE', `${path}/source`, `missing source information for device ${nameOf(disk)}`);
};

const format: Check = (disk, path) => {
  const type = disk.driver?.type;
  if (type === 'iso') return unsupported(`${path}/driver`, "storage format 'iso' is not directly supported by QEMU, use 'raw' instead");
  const indirect = ['dir', 'cow', 'qed', 'ploop', 'vhd'].find((one) => one === type);
  if (indirect && indirect !== 'qed') return unsupported(`${path}/driver`, `storage format '${indirect}' is not supported`);
  if (disk.type === 'dir' && type !== 'fat')
    return unsupported(`${path}/driver`, "storage type 'dir' requires use of storage format 'fat'");
  const writable = type === 'fat' && disk.type !== 'volume' && !disk.readonly && disk.device !== 'floppy';
  return writable ? unsupported(`${path}/driver`, 'fat storage is only supported read-only') : undefined;
};

const driver: Check = (disk, path) => {
  const at = `${path}/driver`;
  const { driver: given, target } = disk;
  if (given?.name !== undefined && given.name !== 'qemu')
    return unsupported(at, `unsupported driver name '${given.name}' for disk '${target.dev}'`);
  if (given?.copyOnRead && disk.readonly) return unsupported(at, `copy_on_read is not compatible with read-only disk '${target.dev}'`);
  const uncached = given?.cache === 'none' || given?.cache === 'directsync';
  if (given?.io === 'native' && !uncached) return unsupported(at, "io='native' needs either no disk cache or directsync cache mode");
  return undefined;
};

const virtioOnly: Check = ({ driver: given, target, model }, path) => {
  if (target.bus === 'virtio') return undefined;
  const at = `${path}/driver`;
  if (model !== undefined) return unsupported(path, `disk model '${model}' not supported for bus '${target.bus}'`);
  if (given?.queues !== undefined) return unsupported(at, 'queues attribute in disk driver element is only supported by virtio-blk');
  if (given?.queueSize !== undefined) return unsupported(at, 'queue_size attribute in disk driver element is only supported by virtio-blk');
  if (given?.eventIdx !== undefined) return unsupported(at, 'disk event_idx mode supported only for virtio bus');
  if (given?.ioeventfd !== undefined) return unsupported(at, 'disk ioeventfd mode supported only for virtio bus');
  const option = (['iommu', 'ats', 'packed', 'pagePerVq'] as const).find((name) => given?.[name] !== undefined);
  return option
    ? unsupported(at, `${option === 'pagePerVq' ? 'page_per_vq' : option} driver option is only supported for virtio devices`)
    : undefined;
};

const VENDOR_MAX = 8;
const PRODUCT_MAX = 16;

const scsiOnly: Check = ({ vendor, product, wwn, target }, path) => {
  const scsi = target.bus === 'scsi';
  if ((vendor !== undefined || product !== undefined) && !scsi) return unsupported(path, 'Only scsi disk supports vendor and product');
  if ((vendor?.length ?? 0) > VENDOR_MAX) return unsupported(`${path}/vendor`, `disk vendor is more than ${VENDOR_MAX} characters`);
  if ((product?.length ?? 0) > PRODUCT_MAX) return unsupported(`${path}/product`, `disk product is more than ${PRODUCT_MAX} characters`);
  if (wwn !== undefined && !/^[0-9a-fA-F]{16}$/.test(wwn)) return refusal('INTERNAL_ERROR', `${path}/wwn`, `Malformed wwn: ${wwn}`);
  return wwn !== undefined && !scsi && target.bus !== 'ide' ? unsupported(`${path}/wwn`, 'Only ide and scsi disk support wwn') : undefined;
};

const lun: Check = (disk, path) => {
  if (disk.device !== 'lun') return disk.rawio === undefined ? undefined : unsupported(path, "rawio can be used only with device='lun'");
  if (disk.target.bus !== 'scsi' && disk.target.bus !== 'virtio')
    return unsupported(path, `disk device='lun' is not supported for bus='${disk.target.bus}'`);
  const iscsi = disk.type === 'network' && disk.source?.protocol === 'iscsi';
  if (disk.type === 'block' || disk.type === 'volume' || iscsi) return undefined;
  if (disk.type === 'network')
    return unsupported(path, "disk device='lun' is not supported for protocol='" + (disk.source?.protocol ?? '') + "'");
  return unsupported(path, "disk device='lun' is only valid for block type disk source");
};

const media: Check = ({ device, target }, path) => {
  const fixed = device === 'cdrom' && target.bus === 'virtio';
  return fixed ? unsupported(path, `disk type of '${target.dev}' does not support ejectable media`) : undefined;
};

const removable: Check = ({ target }, path) => {
  const refused = target.removable !== undefined && target.bus !== 'usb';
  return refused ? refusal('XML_ERROR', `${path}/target`, 'removable is only valid for usb disks') : undefined;
};

const encrypted: Check = (disk, path) => {
  const source = disk.source && 'encryption' in disk.source ? disk.source.encryption : undefined;
  const encryption = disk.encryption ?? source;
  if (encryption?.cipher) return unsupported(`${path}/encryption/cipher`, 'supplying <cipher> for domain disk definition is unnecessary');
  return encryption?.format === 'qcow' ? unsupported(`${path}/encryption`, 'old qcow/qcow2 encryption is not supported') : undefined;
};

const authorised: Check = (disk, path) => {
  if (disk.type !== 'network') return undefined;
  const auth = disk.auth ?? disk.source?.auth;
  const wanted = disk.source?.protocol === 'iscsi' ? 'iscsi' : disk.source?.protocol === 'rbd' ? 'ceph' : undefined;
  const wrong = auth && wanted !== undefined && auth.secret.type !== wanted;
  return wrong ? unsupported(`${path}/source/auth/secret`, `invalid secret type '${auth.secret.type}'`) : undefined;
};

const networkPath: Check = (disk, path) => {
  if (disk.type !== 'network' || !disk.source) return undefined;
  const { name = '', protocol } = disk.source;
  if (protocol === 'tftp') return unsupported(`${path}/source`, `'${protocol}' protocol is not supported with this QEMU binary`);
  if (protocol !== 'rbd') return undefined;
  return /^[^/]+\/.+/.test(name)
    ? undefined
    : refusal('XML_ERROR', `${path}/source`, `can't split path '${name}' into pool name and image name`);
};

const iothreads = each(
  'disk',
  ({ devices }) => devices.disk,
  ({ driver: given, target }, path, def) => {
    if (given?.iothread === undefined) return undefined;
    if (target.bus !== 'virtio') return unsupported(`${path}/driver`, `IOThreads not available for bus ${target.bus} target ${target.dev}`);
    const ids = def.iothreadids?.iothread.map(({ id }) => id) ?? Array.from({ length: def.iothreads ?? 0 }, (_, index) => index + 1);
    return ids.includes(given.iothread)
      ? undefined
      : unsupported(`${path}/driver`, `Disk iothread '${given.iothread}' not defined in iothreadid`);
  },
);

const perDisk = [
  addressSuitsBus,
  named,
  hasSource,
  format,
  driver,
  virtioOnly,
  scsiOnly,
  lun,
  media,
  removable,
  encrypted,
  authorised,
  networkPath,
];

export const diskRules: readonly Rule[] = [
  targets,
  driveAddresses,
  ...perDisk.map((check) => each('disk', ({ devices }) => devices.disk, check)),
  iothreads,
];
