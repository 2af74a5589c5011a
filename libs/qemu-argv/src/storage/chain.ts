/** A disk's images from the one the guest writes to down to the last one below it. */
import type { Disk } from '../domain-parts.js';
import type { ArgvHost } from '../host/argv-host.js';
import { unsupported } from '../refusal.js';
import { formatNode, type CacheMode, type ImageFormat, type Layer } from './layer.js';
import type { StoragePlace } from './place.js';
import { managedReservations, ownReservations } from './reservations.js';

type Backing = NonNullable<Disk['backingStore']>;

export type ChainDisk = Pick<Disk, 'driver' | 'device' | 'readonly' | 'shareable' | 'encryption' | 'backingStore'> & {
  readonly place: StoragePlace;
  readonly at: string;
};

/** Whether there is a medium: drives for removable media may be empty. */
export function isEmpty(place: StoragePlace): boolean {
  const { source } = place;
  if (!source) return true;
  if (place.type === 'file') return place.source?.file === undefined;
  if (place.type === 'block') return place.source?.dev === undefined;
  return place.type === 'dir' && place.source?.dir === undefined;
}

/** How many numbers of block nodes a disk takes: one an image, also when a drive is empty. */
export const chainLength = (disk: Pick<Disk, 'backingStore'>): number => 1 + backingsOf(disk.backingStore).length;

/** The images below, without the terminator. */
function backingsOf(backing: Backing | undefined): readonly Backing[] {
  return backing === undefined || backing.type === 'none' ? [] : [backing, ...backingsOf(backing.backingStore)];
}

const cacheModes: Readonly<Record<string, CacheMode>> = {
  none: { direct: true, noFlush: false },
  writethrough: { direct: false, noFlush: false },
  writeback: { direct: false, noFlush: false },
  directsync: { direct: true, noFlush: false },
  unsafe: { direct: false, noFlush: true },
};

/** A disk that several guests write to must not be cached by any of them. */
export const cacheOf = ({ driver, shareable, readonly }: Pick<Disk, 'driver' | 'shareable' | 'readonly'>): string | undefined =>
  driver?.cache ?? (shareable && !readonly ? 'none' : undefined);

/**
 * The layers of a disk, top first.
 * @param first the number of the top layer; those below count on from it.
 */
export function chainOf(disk: ChainDisk, first: number, host: ArgvHost): readonly Layer[] {
  const backings = backingsOf(disk.backingStore);
  const top: ImagePart = {
    place: disk.place,
    format: formatOf(disk),
    metadataCacheBytes: disk.driver?.metadataCache?.maxSize,
    encryption: disk.place.source?.encryption ?? disk.encryption,
    readonly: disk.readonly === true,
    at: disk.at,
  };
  const parts = [top, ...backings.map((backing, index) => backingPart(backing, disk, index))];
  if (backings.length > 0 && !withBacking.has(top.format)) {
    throw unsupported(`${disk.at}/backingStore`, `an image of format '${top.format}' has no image below it`);
  }
  const layers = parts.map((part, index) => layerOf(part, disk, { number: first + index, top: index === 0, host }));
  const endsHere = endOfChain(disk.backingStore);
  return layers.map((layer, index) => ({ ...layer, backing: backingName(layer, layers[index + 1], endsHere) }));
}

interface ImagePart {
  readonly place: StoragePlace;
  readonly format: ImageFormat;
  readonly metadataCacheBytes: number | undefined;
  readonly encryption: Layer['encryption'];
  readonly readonly: boolean;
  readonly at: string;
}

function formatOf({ driver, place }: ChainDisk): ImageFormat {
  return place.type === 'dir' ? 'fat' : (driver?.type ?? 'raw');
}

function backingPart(backing: Backing, disk: ChainDisk, index: number): ImagePart {
  const at = `${disk.at}${'/backingStore'.repeat(index + 1)}`;
  if (backing.type === 'none') throw unsupported(at, 'a backing image of no type');
  if (!backing.format) throw unsupported(at, 'the format of a backing image must be given: it is never guessed');
  return {
    place: backing,
    format: backing.format.type,
    metadataCacheBytes: backing.format.metadataCache?.maxSize,
    encryption: backing.source?.encryption,
    readonly: true,
    at,
  };
}

interface Position {
  readonly number: number;
  readonly top: boolean;
  readonly host: ArgvHost;
}

function layerOf(part: ImagePart, disk: ChainDisk, { number, top, host }: Position): Layer {
  const { driver } = disk;
  const { place } = part;
  const named = { number, ...part };
  return {
    ...named,
    floppy: disk.device === 'floppy',
    cdromDrive: place.type === 'block' && place.source?.dev !== undefined && host.lookup?.isCdrom?.(place.source.dev) === true,
    cache: cacheModes[cacheOf(disk) ?? ''],
    aio: driver?.io,
    discard: driver?.discard,
    detectZeroes: top ? detectZeroesOf(driver) : undefined,
    prManager: reservationsOf(place, number),
    backing: undefined,
  };
}

/** Unmapping detected zeroes needs discard to be on. */
const detectZeroesOf = (driver: Disk['driver']): string | undefined =>
  driver?.detectZeroes === 'unmap' && driver.discard !== 'unmap' ? 'on' : driver?.detectZeroes;

function reservationsOf(place: StoragePlace, number: number): string | undefined {
  const reservations = place.source?.reservations;
  if (!reservations) return undefined;
  return reservations.managed ? managedReservations : ownReservations(`libvirt-${number}-storage`);
}

/** Whether the definition says that nothing is below the last image. */
const endOfChain = (backing: Backing | undefined): boolean =>
  backing !== undefined && (backing.type === 'none' || endOfChain(backing.backingStore));

const withBacking: ReadonlySet<ImageFormat> = new Set<ImageFormat>(['qcow', 'qcow2', 'qed', 'vmdk']);

function backingName(layer: Layer, below: Layer | undefined, endsHere: boolean): string | null | undefined {
  if (!withBacking.has(layer.format)) return undefined;
  return below ? formatNode(below) : endsHere ? null : undefined;
}
