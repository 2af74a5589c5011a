import type { PoolDetail, VolumeId } from '@virtbus/contracts';
import type { Context } from './context.js';
import { FleetError } from './fleet.js';
import type { FoundVolume } from './volume-reference.js';

export const copyOptions = {
  'prealloc-metadata': { kind: 'flag', about: "lay out the image's tables at once" },
  reflink: { kind: 'flag', about: 'share what both hold, where the file system can' },
} as const;

export interface Copying {
  readonly xml: string;
  readonly 'prealloc-metadata': boolean;
  readonly reflink: boolean;
}

/** A volume with what another one holds. @throws FleetError */
export async function copied(
  context: Context,
  into: PoolDetail,
  source: FoundVolume,
  { xml, reflink, ...how }: Copying,
): Promise<VolumeId> {
  const { pool, volume, path } = source;
  if (reflink)
    throw new FleetError('operation_unsupported', `failed to clone files from '${path}': Operation not supported`, { libvirt: 38 });
  const from = { pool: pool.name, volume: volume.name };
  try {
    return await context.order('createVolume', { pool: into.name, xml, from, ...(how['prealloc-metadata'] ? { preallocate: true } : {}) });
  } catch (thrown) {
    throw thrown instanceof FleetError && thrown.code === 'volume_exists' ? inUse(thrown) : thrown;
  }
}

/** libvirt has other words, and another number, for a copy. */
function inUse({ code, message }: FleetError): FleetError {
  const name = /'(.*)'/.exec(message)?.[1] ?? '';
  return new FleetError(code, `internal error: storage volume name '${name}' already in use.`, { libvirt: 1 });
}
