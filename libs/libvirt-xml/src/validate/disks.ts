/** What QEMU cannot do for a disk. */
import type { DiskDef } from '../devices/disk.js';
import type { DomainDef } from '../domain/domain.js';
import { diskIndex } from '../devices/disk-order.js';
import { bannedFor, refusal, repeated, unsupported, virtioOption, type Ban, type Rule } from './rule.js';
import { iothreadIds } from './facts.js';
import { floppyBans, mediaBans, servedElsewhere, transientBans } from './disk-media.js';
import { sourceBans } from './disk-sources.js';
import { tuningRules } from './disk-tuning.js';

const nameOf = (disk: DiskDef): string => disk.target.dev ?? '';
const busOf = (disk: DiskDef): string => disk.target.bus ?? '';

/** Where the source is, for messages. */
function sourceOf({ source }: DiskDef): string {
  const named = Object.entries(source ?? {}).find(([key]) => ['file', 'dev', 'dir', 'name', 'path'].includes(key));
  return typeof named?.[1] === 'string' ? named[1] : '';
}

const targets: Rule = ({ devices }) => {
  const again = repeated(devices.disk.map(nameOf));
  if (!again) return undefined;
  const same = devices.disk.filter((disk) => nameOf(disk) === again.value).map(sourceOf);
  const words = `target '${again.value}' duplicated for disk sources '${same.join("' and '")}'`;
  return refusal('XML_ERROR', `devices/disk[${again.index + 1}]/target`, words);
};

const driveAddresses: Rule = ({ devices }) => {
  const places = devices.disk.map(({ address, target }) =>
    address?.type === 'drive'
      ? `${target.bus} controller='${address.controller}' bus='${address.bus}' target='${address.target}' unit='${address.unit}'`
      : undefined,
  );
  const again = repeated(places);
  if (again?.value === undefined) return undefined;
  const first = devices.disk[places.indexOf(again.value)];
  const words = `Found duplicate drive address for disk with target name '${first?.target.dev}' ${again.value.replace(/^\w+ /, '')}`;
  return unsupported(`devices/disk[${again.index + 1}]/address`, words);
};

const drives = ['ide', 'scsi', 'sata', 'fdc'];
const hasMedia = ['cdrom', 'floppy'];

const placement: readonly Ban<DiskDef>[] = [
  {
    at: 'address',
    when: (disk) => drives.includes(busOf(disk)) && disk.address !== undefined && disk.address.type !== 'drive',
    words: (disk) => `Invalid address type '${disk.address?.type}' for the disk '${nameOf(disk)}' with the bus type '${busOf(disk)}'`,
  },
  {
    at: 'target',
    code: 'XML_ERROR',
    when: (disk) => disk.address === undefined && diskIndex(nameOf(disk)) === undefined,
    words: (disk) => `Unknown disk name '${nameOf(disk)}' and no address specified`,
  },
  {
    at: 'source',
    code: 'NO_SOURCE',
    when: (disk) => disk.source === undefined && !hasMedia.includes(disk.device),
    words: (disk) => `missing source information for device ${nameOf(disk)}`,
  },
  {
    at: 'target',
    code: 'XML_ERROR',
    when: (disk) => disk.target.removable !== undefined && busOf(disk) !== 'usb',
    words: 'removable is only valid for usb disks',
  },
];

/** The model of the controller that a disk sits behind; undefined where libvirt takes the usual one. */
function scsiModelOf(disk: DiskDef, { devices }: DomainDef): string | undefined {
  const { address } = disk;
  if (busOf(disk) !== 'scsi' || address?.type !== 'drive') return undefined;
  const found = devices.controller.find(({ type, index }) => type === 'scsi' && index === address.controller);
  return found?.type === 'scsi' ? found.model : undefined;
}

const behindControllers: readonly Ban<DiskDef>[] = [
  {
    at: 'address',
    when: (disk, def) => scsiModelOf(disk, def) === 'lsilogic' && disk.address?.type === 'drive' && disk.address.target !== 0,
    words: "target must be 0 for controller model 'lsilogic'",
  },
];

const unusable = ['dir', 'cow'];
const formatOf = (disk: DiskDef): string => disk.driver?.type ?? '';

const formats: readonly Ban<DiskDef>[] = [
  {
    at: 'driver',
    when: (disk) => formatOf(disk) === 'iso',
    words: "storage format 'iso' is not directly supported by QEMU, use 'raw' instead",
  },
  {
    at: 'driver',
    when: (disk) => unusable.includes(formatOf(disk)),
    words: (disk) => `storage format '${formatOf(disk)}' is not supported`,
  },
  {
    at: 'driver',
    when: (disk) => disk.type === 'dir' && formatOf(disk) !== 'fat',
    words: "storage type 'dir' requires use of storage format 'fat'",
  },
  {
    at: 'driver',
    when: (disk) => formatOf(disk) === 'fat' && disk.type !== 'volume' && disk.readonly !== true,
    words: "virtual FAT storage can't be accessed in read-write mode",
  },
];

const cached: readonly Ban<DiskDef>[] = [
  {
    at: 'driver/metadata_cache',
    when: (disk) => disk.driver?.metadataCache !== undefined && formatOf(disk) !== 'qcow2',
    words: 'metadata cache max size control is supported only with qcow2 images',
  },
];

const uncached = ['none', 'directsync'];

const drivers: readonly Ban<DiskDef>[] = [
  {
    at: 'driver',
    when: (disk) => disk.driver?.name !== undefined && disk.driver.name !== 'qemu',
    words: (disk) => `unsupported driver name '${disk.driver?.name}' for disk '${nameOf(disk)}'`,
  },
  {
    at: 'driver',
    when: (disk) => disk.driver?.copyOnRead === true && disk.readonly === true,
    words: (disk) => `copy_on_read is not compatible with read-only disk '${nameOf(disk)}'`,
  },
  {
    at: 'driver',
    when: (disk) => disk.driver?.io === 'native' && !uncached.includes(disk.driver.cache ?? ''),
    words: "io='native' needs either no disk cache or directsync cache mode",
  },
  {
    at: 'driver',
    when: (disk) => disk.driver?.iothread !== undefined && busOf(disk) !== 'virtio',
    words: (disk) => `IOThreads not available for bus ${busOf(disk)} target ${nameOf(disk)}`,
  },
  {
    at: 'driver',
    when: (disk, def) => disk.driver?.iothread !== undefined && !iothreadIds(def).includes(disk.driver.iothread),
    words: (disk) => `Disk iothread '${disk.driver?.iothread}' not defined in iothreadid`,
  },
];

const notVirtio = (disk: DiskDef): boolean => busOf(disk) !== 'virtio';
const onlyVirtioBlk = (name: string): string => `${name} attribute in disk driver element is only supported by virtio-blk`;

const virtioOnly: readonly Ban<DiskDef>[] = [
  {
    when: (disk) => notVirtio(disk) && disk.model !== undefined,
    words: (disk) => `disk model '${disk.model}' not supported for bus '${busOf(disk)}'`,
  },
  { at: 'driver', when: (disk) => notVirtio(disk) && disk.driver?.queues !== undefined, words: onlyVirtioBlk('queues') },
  { at: 'driver', when: (disk) => notVirtio(disk) && disk.driver?.queueSize !== undefined, words: onlyVirtioBlk('queue_size') },
  {
    at: 'driver',
    when: (disk) => notVirtio(disk) && disk.driver?.eventIdx !== undefined,
    words: 'disk event_idx mode supported only for virtio bus',
  },
  {
    at: 'driver',
    when: (disk) => notVirtio(disk) && disk.driver?.ioeventfd !== undefined,
    words: 'disk ioeventfd mode supported only for virtio bus',
  },
  {
    at: 'driver',
    when: (disk) => notVirtio(disk) && virtioOption(disk.driver) !== undefined,
    words: (disk) => `${virtioOption(disk.driver)} driver option is only supported for virtio devices`,
  },
];

const VENDOR_MAX = 8;
const PRODUCT_MAX = 16;

const names: readonly Ban<DiskDef>[] = [
  {
    when: (disk) => (disk.vendor !== undefined || disk.product !== undefined) && busOf(disk) !== 'scsi',
    words: 'Only scsi disk supports vendor and product',
  },
  { at: 'vendor', when: ({ vendor = '' }) => vendor.length > VENDOR_MAX, words: `disk vendor is more than ${VENDOR_MAX} characters` },
  { at: 'product', when: ({ product = '' }) => product.length > PRODUCT_MAX, words: `disk product is more than ${PRODUCT_MAX} characters` },
  {
    at: 'wwn',
    code: 'INTERNAL_ERROR',
    when: ({ wwn }) => wwn !== undefined && !/^[0-9a-fA-F]{16}$/.test(wwn),
    words: ({ wwn }) => `Malformed wwn: ${wwn}`,
  },
  {
    at: 'wwn',
    when: (disk) => disk.wwn !== undefined && !['scsi', 'ide'].includes(busOf(disk)),
    words: 'Only ide and scsi disk support wwn',
  },
];

const isLun = (disk: DiskDef): boolean => disk.device === 'lun';
const protocolOf = (disk: DiskDef): string => (disk.type === 'network' ? (disk.source?.protocol ?? '') : '');

const luns: readonly Ban<DiskDef>[] = [
  { when: (disk) => !isLun(disk) && disk.rawio !== undefined, words: "rawio can be used only with device='lun'" },
  {
    when: (disk) => isLun(disk) && !['scsi', 'virtio'].includes(busOf(disk)),
    words: (disk) => `disk device='lun' is not supported for bus='${busOf(disk)}'`,
  },
  {
    when: (disk) => isLun(disk) && disk.type === 'network' && protocolOf(disk) !== 'iscsi',
    words: (disk) => `disk device='lun' is not supported for protocol='${protocolOf(disk)}'`,
  },
  {
    when: (disk) => isLun(disk) && !['block', 'volume', 'network'].includes(disk.type),
    words: "disk device='lun' is only valid for block type disk source",
  },
  {
    at: 'driver',
    when: (disk) => isLun(disk) && disk.driver?.type !== undefined && disk.driver.type !== 'raw',
    words: "disk device 'lun' must use 'raw' format",
  },
  { when: (disk) => disk.sgio === 'unfiltered', words: 'unfiltered sgio is no longer supported' },
];

export const diskRules: readonly Rule[] = [
  targets,
  driveAddresses,
  ...tuningRules,
  ...[
    placement,
    behindControllers,
    formats,
    cached,
    drivers,
    virtioOnly,
    names,
    luns,
    mediaBans,
    floppyBans,
    transientBans,
    sourceBans,
    servedElsewhere,
  ].map((bans) => bannedFor('disk', bans)),
];
