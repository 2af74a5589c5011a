import type { FileHandle } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import type { VolumeRecord } from '@virtbus/contracts';
import { formatStorageVolume, type StorageVolumeDef } from '@virtbus/libvirt-xml';
import { backingPath } from '../core/storage/contained.js';
import { HEADER_BYTES, readImageHeader, type ImageHeader } from '../core/storage/image-header.js';
import type { PoolDirectory } from './pool-directory.js';
import { failed } from './storage-error.js';

/** The unit of `stat`'s blocks, whatever those of the file system are. Bytes. */
const BLOCK = 512n;

export async function headerOf(file: FileHandle): Promise<ImageHeader> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
  return readImageHeader(buffer.subarray(0, bytesRead));
}

export interface Found {
  readonly hostId: string;
  readonly pool: string;
  /** The pool's path as its definition has it: what clients know volumes by. */
  readonly path: string;
  readonly name: string;
}

/** What a volume is now. @throws Refusal no_volume, system_error; operation_failed for what is neither file nor directory */
export async function volumeFacts(directory: PoolDirectory, found: Found): Promise<VolumeRecord> {
  const file = await directory.file(found.name, 'read');
  try {
    const stats = await file.stat({ bigint: true });
    if (stats.isDirectory()) return recordOf(found, { type: 'dir', capacity: 0, allocation: 0, physical: 0, format: 'dir' }, { stats });
    if (!stats.isFile()) throw failed(`'${found.path}/${found.name}' is neither a file nor a directory`);
    const header = await headerOf(file);
    const sizes = {
      capacity: header.capacity ?? Number(stats.size),
      allocation: Number(stats.blocks * BLOCK),
      physical: Number(stats.size),
    };
    return recordOf(found, { type: 'file', ...sizes, format: header.format }, { stats, header });
  } finally {
    await file.close();
  }
}

type Sizes = Pick<VolumeRecord, 'type' | 'capacity' | 'allocation' | 'physical'> & { readonly format: ImageHeader['format'] | 'dir' };

function recordOf(
  found: Found,
  sizes: Sizes,
  { stats, header }: { readonly stats: BigIntStats; readonly header?: ImageHeader },
): VolumeRecord {
  const path = `${found.path}/${found.name}`;
  const { type, capacity, allocation, physical, format } = sizes;
  const definition: StorageVolumeDef = {
    type,
    name: found.name,
    key: path,
    capacity,
    allocation,
    ...(physical > 0 ? { physical } : {}),
    target: {
      path,
      format: { type: format },
      permissions: permissionsOf(stats),
      timestamps: timesOf(stats),
      ...(header ? ofQcow2(header) : {}),
    },
    ...(header ? belowIt(found, header) : {}),
  };
  const { hostId, pool, name } = found;
  return { hostId, pool, name, ...sizes, xml: formatStorageVolume(definition, { flavour: 'live' }) };
}

const permissionsOf = ({ mode, uid, gid }: BigIntStats) => ({ mode: Number(mode & 0o7777n), owner: Number(uid), group: Number(gid) });

const NANO = 1_000_000_000n;

/** Seconds, and nanoseconds behind the point. Of a file's birth stat(2) says nothing, nor does libvirt. */
const moment = (ns: bigint): string => `${ns / NANO}.${String(ns % NANO).padStart(9, '0')}`;
const timesOf = ({ atimeNs, mtimeNs, ctimeNs }: BigIntStats) => ({
  atime: moment(atimeNs),
  mtime: moment(mtimeNs),
  ctime: moment(ctimeNs),
  btime: '0',
});

/** libvirt says nothing of a version that is the oldest. */
function ofQcow2({ compat, clusterSize, lazyRefcounts, extendedL2 }: ImageHeader) {
  if (clusterSize === undefined) return {};
  const features = { ...(lazyRefcounts ? { lazy_refcounts: true as const } : {}), ...(extendedL2 ? { extended_l2: true as const } : {}) };
  return { clusterSize, ...(compat === '1.1' ? { compat, features } : {}) };
}

type Format = NonNullable<StorageVolumeDef['backingStore']>['format'];

/** Formats that libvirt has a word for; a header may hold any. */
const known: readonly string[] = ['raw', 'bochs', 'cloop', 'dmg', 'vpc', 'vdi', 'qcow', 'qcow2', 'qed', 'vmdk'];
const isKnown = (format: string): format is Format['type'] => known.includes(format);

function belowIt({ path: directory }: Found, { backing }: ImageHeader): Pick<StorageVolumeDef, 'backingStore'> {
  if (!backing) return {};
  const { path, format = 'raw' } = backing;
  return { backingStore: { path: backingPath(directory, path) ?? path, format: { type: isKnown(format) ? format : 'raw' } } };
}
