/** One image of a chain as QEMU's block nodes: the bytes (`-storage`), optionally a part of them (`-slice-sto`), the format (`-format`). */
import { pciName } from '@virtbus/libvirt-xml';
import type { JsonObject } from '../argv/json.js';
import { blockdev, type Argv } from '../argv/options.js';
import type { Disk } from '../domain-parts.js';
import { refuse, unsupported } from '../refusal.js';
import { networkProtocol } from './network-protocol.js';
import type { Encryption, StoragePlace } from './place.js';
import { secretIds } from './secret-ids.js';

export type ImageFormat = NonNullable<NonNullable<Disk['driver']>['type']>;

export interface CacheMode {
  readonly direct: boolean;
  readonly noFlush: boolean;
}

export interface Layer {
  /** What makes the names of the nodes: `libvirt-NUMBER-storage`. */
  readonly number: number | string;
  readonly place: StoragePlace;
  readonly format: ImageFormat;
  readonly readonly: boolean;
  readonly floppy: boolean;
  readonly cdromDrive: boolean;
  readonly cache: CacheMode | undefined;
  readonly aio: string | undefined;
  readonly discard: string | undefined;
  readonly detectZeroes: string | undefined;
  readonly encryption: Encryption | undefined;
  readonly metadataCacheBytes: number | undefined;
  /** Id of the process that handles SCSI persistent reservations. */
  readonly prManager: string | undefined;
  /** Name of the node below; null: there is none; undefined: QEMU may look for itself. */
  readonly backing: string | null | undefined;
  readonly at: string;
}

const nodeName = (layer: Layer, part: 'storage' | 'format' | 'slice-sto'): string => `libvirt-${layer.number}-${part}`;
export const storageNode = (layer: Layer): string => nodeName(layer, 'storage');
export const formatNode = (layer: Layer): string => nodeName(layer, 'format');

export function layerNodes(layer: Layer): Argv {
  if (layer.place.type === 'dir' && !layer.readonly) throw unsupported(layer.at, 'a directory shown as a FAT disk is read-only');
  const slice = sliceOf(layer);
  const raw = isPlainRaw(layer);
  const middle = slice && !raw ? blockdev(sliceNode(layer, slice)) : [];
  const file = slice && !raw ? nodeName(layer, 'slice-sto') : storageNode(layer);
  return [...blockdev(storageProps(layer)), ...middle, ...blockdev(formatProps(layer, file, raw ? slice : undefined))];
}

/** Raw bytes that the guest sees as they are: QEMU's raw driver cuts the slice itself. */
const isPlainRaw = (layer: Layer): boolean => driverOf(layer) === 'raw';

interface Slice {
  readonly offset: number;
  readonly size: number;
}

const sliceOf = ({ place }: Layer): Slice | undefined => place.source?.slices?.slice[0];

const cacheProps = (cache: CacheMode | undefined): JsonObject | undefined => cache && { direct: cache.direct, 'no-flush': cache.noFlush };

/** Bytes may always be opened read-only first and given back to the host: what the guest may do is said by the format node. */
const common = (layer: Layer): JsonObject => ({ 'auto-read-only': true, discard: 'unmap', cache: cacheProps(layer.cache) });

function storageProps(layer: Layer): JsonObject {
  return { ...placeProps(layer), 'node-name': storageNode(layer), ...common(layer) };
}

function placeProps(layer: Layer): JsonObject {
  const { place } = layer;
  switch (place.type) {
    case 'file':
      return { driver: 'file', filename: place.source?.file, ...localProps(layer) };
    case 'block':
      return { driver: layer.cdromDrive ? 'host_cdrom' : 'host_device', filename: place.source?.dev, ...localProps(layer) };
    case 'dir':
      return { driver: 'vvfat', dir: place.source?.dir, floppy: layer.floppy, rw: false };
    default:
      return distantProps(layer);
  }
}

const localProps = ({ aio, prManager }: Layer): JsonObject => ({ aio, 'pr-manager': prManager });

function distantProps(layer: Layer): JsonObject {
  const { place, at } = layer;
  if (place.type === 'nvme' && place.source) {
    return { driver: 'nvme', device: pciName(place.source.address), namespace: place.source.namespace };
  }
  if (place.type === 'network' && place.source) return networkProtocol({ source: place.source, node: storageNode(layer), at });
  throw refuse('INTERNAL_ERROR', at, `storage of type '${place.type}' has no block node`);
}

const sliceNode = (layer: Layer, { offset, size }: Slice): JsonObject => ({
  driver: 'raw',
  'node-name': nodeName(layer, 'slice-sto'),
  offset,
  size,
  file: storageNode(layer),
  ...common(layer),
});

function formatProps(layer: Layer, file: string, slice: Slice | undefined): JsonObject {
  return {
    'node-name': formatNode(layer),
    'read-only': layer.readonly,
    cache: cacheProps(layer.cache),
    discard: layer.discard,
    'detect-zeroes': layer.detectZeroes,
    driver: driverOf(layer),
    offset: slice?.offset,
    size: slice?.size,
    'cache-size': layer.metadataCacheBytes,
    ...encryptionProps(layer),
    file,
    backing: layer.backing,
  };
}

const drivers: Partial<Record<ImageFormat, string>> = {
  raw: 'raw',
  fat: 'raw',
  bochs: 'bochs',
  cloop: 'cloop',
  dmg: 'dmg',
  vpc: 'vpc',
  vdi: 'vdi',
  vhd: 'vhdx',
  ploop: 'parallels',
  qcow: 'qcow',
  qcow2: 'qcow2',
  qed: 'qed',
  vmdk: 'vmdk',
};

/** Encrypted by QEMU, as opposed to by a library of the protocol. */
const qemuEncrypts = ({ encryption }: Layer): boolean => encryption !== undefined && encryption.engine !== 'librbd';

function driverOf(layer: Layer): string {
  const { format, encryption, at } = layer;
  if (encryption?.format === 'qcow' || encryption?.format === 'default')
    throw unsupported(at, 'the encryption of qcow images that predates LUKS is gone from QEMU');
  const driver = drivers[format];
  if (driver === undefined) throw unsupported(at, `QEMU opens no image of format '${format}': 'raw' shows its bytes`);
  return driver === 'raw' && qemuEncrypts(layer) ? 'luks' : driver;
}

function encryptionProps(layer: Layer): JsonObject {
  if (!qemuEncrypts(layer)) return {};
  const secret = secretIds(formatNode(layer)).encryption;
  return driverOf(layer) === 'luks' ? { 'key-secret': secret } : { encrypt: { format: 'luks', 'key-secret': secret } };
}
