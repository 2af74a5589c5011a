import type { DomainDef } from '@virtbus/libvirt-xml';
import type { Disk } from '../domain-parts.js';
import { ioThreadsOf } from '../machine/processors.js';
import { isEmpty } from '../storage/chain.js';
import { contradiction, detail, type DeviceCheck } from './finding.js';
import { hasSharedMemory } from './memory-checks.js';

type Check = DeviceCheck<Disk>;

const isVirtio = ({ target }: Disk): boolean => target.bus === 'virtio';
const isRemovable = ({ device }: Disk): boolean => device === 'cdrom' || device === 'floppy';

const medium: Check = (disk) =>
  isEmpty(disk) && !isRemovable(disk) && disk.type !== 'volume' ? detail(`disk '${disk.target.dev ?? ''}' has no source`) : undefined;

const lun: Check = (disk) => {
  if (disk.device !== 'lun') return undefined;
  if (disk.target.bus !== 'scsi' && disk.target.bus !== 'virtio') return 'a lun is passed through on a SCSI or virtio bus only';
  const passable = disk.type === 'block' || disk.type === 'volume' || (disk.type === 'network' && disk.source?.protocol === 'iscsi');
  return passable ? undefined : 'a lun is a block device of the host, or a unit of iSCSI';
};

const ejectable: Check = (disk) => (disk.device === 'cdrom' && isVirtio(disk) ? 'a virtio disk has no tray' : undefined);

const virtioSettings = ['eventIdx', 'queues', 'queueSize', 'ioeventfd', 'iommu', 'ats', 'packed', 'pagePerVq'] as const;

const settingsOfVirtio: Check = (disk) => {
  if (isVirtio(disk)) return undefined;
  const found = virtioSettings.find((name) => disk.driver?.[name] !== undefined);
  if (found !== undefined) return { says: `${found} is a setting of virtio disks`, at: '/driver' };
  return disk.model === undefined ? undefined : { says: `model '${disk.model}' is one of virtio disks`, at: '/@model' };
};

const thread: Check = (disk, domain) => {
  const wanted = disk.driver?.iothread;
  if (wanted === undefined) return undefined;
  if (!isVirtio(disk)) return { says: 'only virtio disks have an iothread of their own', at: '/driver/@iothread' };
  return hasThread(domain, wanted) ? undefined : { says: `there is no iothread ${wanted}`, at: '/driver/@iothread' };
};

export const hasThread = (domain: DomainDef, wanted: number): boolean => ioThreadsOf({ domain }).some(({ id }) => id === wanted);

const nativeIo: Check = ({ driver }) => {
  const cached = driver?.cache !== 'none' && driver?.cache !== 'directsync';
  return driver?.io === 'native' && cached
    ? { says: "io='native' goes past the host's cache: it needs cache none or directsync", at: '/driver/@io' }
    : undefined;
};

const readCopies: Check = ({ driver, readonly }) =>
  driver?.copyOnRead && readonly ? { says: 'what is read cannot be copied into a read-only disk', at: '/driver' } : undefined;

const shared: Check = ({ shareable, driver, target }) => {
  const format = driver?.type ?? 'raw';
  return shareable && format !== 'raw' ? `disk '${target.dev ?? ''}' cannot be shared: its format keeps state` : undefined;
};

const encrypted: Check = (disk) => {
  const found = disk.source?.encryption ?? disk.encryption;
  if (!found) return undefined;
  if (found.cipher) return { says: 'the image itself says by which cipher it is encrypted', at: '/encryption/cipher' };
  if (found.engine !== 'librbd' && !encryptable.has(disk.driver?.type ?? 'raw')) return 'only images of format raw and qcow2 are encrypted';
  if (found.secret.length > 0) return undefined;
  return { says: 'an encrypted image needs a secret', code: 'INTERNAL_ERROR', at: '/encryption' };
};

const encryptable: ReadonlySet<string> = new Set(['raw', 'qcow2', 'none']);

/** Which kind of secret a protocol takes, where it takes one kind only. */
const secretKinds: Readonly<Record<string, string>> = { rbd: 'ceph', iscsi: 'iscsi' };

const login: Check = (disk) => {
  if (disk.type !== 'network' || !disk.source) return undefined;
  const kind = secretKinds[disk.source.protocol];
  const auth = disk.source.auth ?? disk.auth;
  const wrong = auth && kind !== undefined && auth.secret.type !== kind;
  return wrong
    ? { says: `protocol '${disk.source.protocol}' takes no secret of type '${auth.secret.type}'`, at: '/auth/secret/@type' }
    : undefined;
};

const encryptedTransport: Check = (disk) => {
  const source = disk.type === 'network' ? disk.source : undefined;
  return source?.tls && source.protocol !== 'nbd' && source.protocol !== 'vxhs'
    ? { says: `protocol '${source.protocol}' has no TLS here`, at: '/source/@tls' }
    : undefined;
};

const reservations: Check = (disk) =>
  disk.source?.reservations && disk.device !== 'lun' ? { says: 'only a lun has reservations', at: '/source/reservations' } : undefined;

const SERIAL = /^[A-Za-z0-9_ .+-]*$/;

const serial: Check = ({ serial: given }) =>
  given === undefined || SERIAL.test(given)
    ? undefined
    : { says: `serial '${given}' has characters that guests misread`, code: 'INTERNAL_ERROR', at: '/serial' };

const worldWideName: Check = ({ wwn, target }) =>
  wwn === undefined || target.bus === 'ide' || target.bus === 'scsi'
    ? undefined
    : { says: 'only IDE and SCSI disks have a world wide name', at: '/wwn' };

const VENDOR_LENGTH = 8;
const PRODUCT_LENGTH = 16;

const maker: Check = ({ vendor = '', product = '', target }) => {
  if (vendor + product !== '' && target.bus !== 'scsi') return 'only SCSI disks have a vendor and a product';
  if (vendor.length > VENDOR_LENGTH) return { says: `a vendor has ${VENDOR_LENGTH} characters at most`, at: '/vendor' };
  return product.length > PRODUCT_LENGTH ? { says: `a product has ${PRODUCT_LENGTH} characters at most`, at: '/product' } : undefined;
};

const shape: Check = ({ geometry, target }) => {
  const { bus } = target;
  if (geometry?.trans !== undefined && bus !== 'ide') return { says: 'only IDE disks translate their geometry', at: '/geometry' };
  const rotates = bus === 'ide' || bus === 'scsi' || bus === 'sata';
  return target.rotationRate !== undefined && !rotates
    ? { says: 'only IDE, SATA and SCSI disks have a rate of rotation', code: 'INTERNAL_ERROR', at: '/target' }
    : undefined;
};

const removableFlag: Check = ({ target }) =>
  target.removable !== undefined && target.bus !== 'usb'
    ? contradiction('only USB disks are removable or not', '/target/@removable')
    : undefined;

/** Settings of an image, which is another process's here. */
const imageSettings = ['cache', 'io', 'errorPolicy', 'rerrorPolicy', 'copyOnRead', 'discard', 'iothread', 'detectZeroes'] as const;

const servedElsewhere: Check = (disk, domain) => {
  if (disk.type !== 'vhostuser') return undefined;
  if (!isVirtio(disk)) return 'a vhost-user disk is a virtio disk';
  const setting = imageSettings.find((name) => disk.driver?.[name] !== undefined);
  if (setting !== undefined) return { says: `${setting} is up to the process that serves the disk`, at: '/driver' };
  return hasSharedMemory(domain) ? undefined : 'a vhost-user disk needs memory that is shared';
};

export const diskChecks: readonly Check[] = [
  medium,
  lun,
  ejectable,
  settingsOfVirtio,
  thread,
  nativeIo,
  readCopies,
  shared,
  encrypted,
  login,
  encryptedTransport,
  reservations,
  serial,
  worldWideName,
  maker,
  shape,
  removableFlag,
  servedElsewhere,
];
