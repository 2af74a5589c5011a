import { randomUUID } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { parseStorageVolume, type StorageVolumeDef } from '@virtbus/libvirt-xml';
import { headerOf } from './volume-facts.js';
import { extend, takeSpace } from './fill.js';
import type { PoolDirectory } from './pool-directory.js';
import { inherited, qemuImg } from './qemu-img.js';
import { invalidArgument, unsupportedHere, unsupportedOperation, volumeExists } from './storage-error.js';

/** What the new volume is a copy of, open. */
export interface Source {
  readonly file: FileHandle;
  readonly format: string;
  /** Bytes that its guest sees. */
  readonly capacity: number;
}

export interface Making {
  readonly directory: PoolDirectory;
  /** The pool's path, for words. */
  readonly path: string;
  readonly xml: string;
  readonly preallocate: boolean;
  readonly from?: Source | undefined;
  /** The image below the new one, found to be within reach; with the bytes that it shows. @throws Refusal */
  readonly backing: (path: string) => Promise<number>;
}

const DEFAULT_MODE = 0o600;
const DEFAULT_DIRECTORY_MODE = 0o711;

/** @returns the new volume's name. @throws Refusal; LibvirtError for its XML */
export async function makeVolume(making: Making): Promise<string> {
  const definition = parseStorageVolume(making.xml);
  const { name, target } = definition;
  const format = target.format.type;
  mustBeMakeable(definition, making.preallocate);
  if (await making.directory.has(name)) throw volumeExists(name);
  if (format === 'dir') {
    await making.directory.makeDirectory(name, target.permissions?.mode ?? DEFAULT_DIRECTORY_MODE);
    return name;
  }
  const capacity = await capacityOf(definition, making);
  await making.directory.make(name, randomUUID(), async (file) => {
    await (format === 'qcow2' ? fillQcow2 : fillRaw)(file, { definition, capacity, making });
    await dress(file, target.permissions);
  });
  return name;
}

const makeable: ReadonlySet<string> = new Set(['raw', 'iso', 'qcow2', 'dir']);

/** @throws Refusal config_unsupported */
function mustBeMakeable({ target: { format, encryption } }: StorageVolumeDef, preallocate: boolean): void {
  if (preallocate && format.type !== 'qcow2') throw unsupportedHere(`metadata preallocation is not supported for ${format.type} volumes`);
  if (encryption) throw unsupportedHere('encrypted volumes: the fleet gives no host the values of secrets yet');
  if (!makeable.has(format.type)) throw unsupportedHere(`a volume of format ${format.type} can be used here, but not be made`);
}

/** A copy is no smaller than what it is of; what lies upon an image has its size unless it says otherwise. */
async function capacityOf({ capacity, backingStore }: StorageVolumeDef, { from, backing }: Making): Promise<number> {
  const below = backingStore?.path === undefined ? undefined : await backing(backingStore.path);
  const wanted = capacity ?? below ?? 0;
  return from ? Math.max(wanted, from.capacity) : wanted;
}

interface Filling {
  readonly definition: StorageVolumeDef;
  readonly capacity: number;
  readonly making: Making;
}

async function fillRaw(file: FileHandle, { definition, capacity, making: { from, path } }: Filling): Promise<void> {
  const { name, allocation = capacity, backingStore } = definition;
  if (backingStore?.path !== undefined) throw unsupportedHere('backing storage not supported for raw volumes');
  await extend(file, capacity, `${path}/${name}`);
  if (from) await copy(from, file, 'raw');
  await takeSpace(file, { from: 0, to: Math.min(allocation, capacity) }, `${path}/${name}`);
}

async function fillQcow2(file: FileHandle, { definition, capacity, making: { from, preallocate } }: Filling): Promise<void> {
  const { backingStore, target } = definition;
  if (from && backingStore?.path !== undefined) throw invalidArgument('a copy cannot lie upon another image as well');
  const below = backingStore?.path === undefined ? [] : ['-u', '-b', backingStore.path, '-F', backingStore.format.type];
  const options = [...optionsOf(target), ...(preallocate ? [preallocation(definition, capacity)] : [])];
  const said = options.length > 0 ? ['-o', options.join(',')] : [];
  await qemuImg(['create', '-q', '-f', 'qcow2', ...below, ...said, inherited(0), String(capacity)], [file.fd]);
  if (from) await copy(from, file, 'qcow2');
}

/** All of it is laid out, unless less than all is to be taken from the disk. */
const preallocation = ({ allocation = Number.POSITIVE_INFINITY }: StorageVolumeDef, capacity: number): string =>
  `preallocation=${allocation < capacity ? 'metadata' : 'falloc'}`;

function optionsOf({ compat, clusterSize, features }: StorageVolumeDef['target']): string[] {
  return [
    // The older version unless something asks for more, as libvirt makes them: everything reads it.
    `compat=${compat ?? (features ? '1.1' : '0.10')}`,
    ...(clusterSize === undefined ? [] : [`cluster_size=${clusterSize}`]),
    ...(features?.lazy_refcounts ? ['lazy_refcounts=on'] : []),
    ...(features?.extended_l2 ? ['extended_l2=on'] : []),
  ];
}

/** QEMU takes its locks on both: what a running guest writes to is not copied. */
const copy = (from: Source, to: FileHandle, format: string): Promise<void> =>
  qemuImg(['convert', '-q', '-n', '--target-is-zero', '-f', from.format, '-O', format, inherited(0), inherited(1)], [from.file.fd, to.fd]);

async function dress(file: FileHandle, permissions: StorageVolumeDef['target']['permissions']): Promise<void> {
  await file.chmod(permissions?.mode ?? DEFAULT_MODE);
  const { uid, gid } = await file.stat();
  const { owner = -1, group = -1 } = permissions ?? {};
  if (owner >= 0 || group >= 0) await file.chown(owner >= 0 ? owner : uid, group >= 0 ? group : gid);
}

export interface Resizing {
  readonly capacity: number;
  readonly delta?: boolean | undefined;
  readonly shrink?: boolean | undefined;
  readonly allocate?: boolean | undefined;
}

/** @param path for words. @throws Refusal invalid_argument, operation_unsupported, operation_failed, system_error */
export async function resizeVolume(file: FileHandle, path: string, asked: Resizing): Promise<void> {
  const header = await headerOf(file);
  const isRaw = header.format === 'raw' || header.format === 'iso';
  const { size } = await file.stat();
  const now = header.capacity ?? size;
  const capacity = wantedCapacity(now, asked);
  if (capacity < now && !asked.shrink)
    throw invalidArgument("Can't shrink capacity below current capacity unless shrink flag explicitly specified");
  if (asked.allocate && !isRaw) throw unsupportedOperation('preallocate is only supported for raw type volume');
  if (isRaw) {
    await extend(file, capacity, path);
    if (asked.allocate) await takeSpace(file, { from: 0, to: capacity }, path);
    return;
  }
  const shrink = capacity < now ? ['--shrink'] : [];
  await qemuImg(['resize', '-q', '-f', header.format, ...shrink, inherited(0), String(capacity)], [file.fd]);
}

function wantedCapacity(now: number, { capacity, delta, shrink }: Resizing): number {
  if (!delta) return capacity;
  return shrink ? Math.max(0, now - capacity) : now + capacity;
}
