import { Refusal, type DiskDemand, type DiskSite, type PoolRecord } from '@virtbus/contracts';

export interface KnownStorage {
  /** By name, and active ones by their directory. */
  poolNamed(name: string): PoolRecord | undefined;
  poolAt(path: string): PoolRecord | undefined;
  /** Hosts that have a volume of a pool, in order. */
  hostsWith(pool: PoolRecord, volume: string): readonly string[];
}

const directoryOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')));

/** Whether all is known here that there is to know of the disks. */
export const isKnown = (disks: readonly DiskDemand[], storage: KnownStorage): boolean =>
  disks.every(({ pool, volume = '', file }) => {
    const record = file === undefined ? storage.poolNamed(pool ?? '') : storage.poolAt(directoryOf(file));
    if (!record) return file !== undefined;
    return record.active && storage.hostsWith(record, file?.slice(file.lastIndexOf('/') + 1) ?? volume).length > 0;
  });

/** A file that no host is known to have is left to the host that runs the domain: it says that it is not there. */
function siteOfFile(file: string, storage: KnownStorage): DiskSite[] {
  const pool = storage.poolAt(directoryOf(file));
  const volume = file.slice(file.lastIndexOf('/') + 1);
  const hostIds = pool ? storage.hostsWith(pool, volume) : [];
  return pool && hostIds.length > 0 ? [{ pool: pool.name, volume, hostIds: [...hostIds] }] : [];
}

function siteOfVolume(name: string, volume: string, storage: KnownStorage): DiskSite {
  const pool = storage.poolNamed(name);
  if (!pool) throw new Refusal('no_pool', `Storage pool not found: no storage pool with matching name '${name}'`);
  if (!pool.active)
    throw new Refusal(
      'config_unsupported',
      `unsupported configuration: storage pool '${name}' containing volume '${volume}' is not active`,
    );
  const hostIds = storage.hostsWith(pool, volume);
  if (hostIds.length === 0) throw new Refusal('no_volume', `Storage volume not found: no storage vol with matching name '${volume}'`);
  return { pool: name, volume, hostIds: [...hostIds] };
}

/**
 * Where the disks of a domain can be.
 * @throws Refusal no_pool, no_volume, config_unsupported in libvirt's words at a start
 */
export const diskSites = (disks: readonly DiskDemand[], storage: KnownStorage): DiskSite[] =>
  disks.flatMap(({ pool, volume, file }) => {
    if (file !== undefined) return siteOfFile(file, storage);
    return pool !== undefined && volume !== undefined ? [siteOfVolume(pool, volume, storage)] : [];
  });
