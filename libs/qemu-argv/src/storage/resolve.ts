import type { Context } from '../context.js';
import type { Disk } from '../domain-parts.js';
import { unsupported } from '../refusal.js';
import { isEmpty } from './chain.js';
import type { StoragePlace } from './place.js';

/** Where a disk's bytes are: a volume of a pool is looked up. What the definition says of the volume's use stays. */
export function storagePlaceOf({ host }: Context, disk: Disk, at: string): StoragePlace {
  if (disk.type !== 'volume' || !disk.source) return disk;
  const { pool, volume, mode, ...own } = disk.source;
  const found = host.lookup?.volume?.(pool, volume, mode);
  if (!found) throw unsupported(`${at}/source`, `no storage volume '${volume}' in pool '${pool}' on this host`);
  return withUse(found, own);
}

type Use = Pick<NonNullable<Extract<Disk, { readonly type: 'volume' }>['source']>, 'encryption' | 'auth' | 'slices'>;

function withUse(place: StoragePlace, { encryption, auth, slices }: Use): StoragePlace {
  if (isEmpty(place) || !place.source) return place;
  const use = { ...(encryption && { encryption }), ...(auth && { auth }), ...(slices && { slices }) };
  switch (place.type) {
    case 'file':
      return { ...place, source: { ...place.source, ...use } };
    case 'block':
      return { ...place, source: { ...place.source, ...use } };
    case 'network':
      return { ...place, source: { ...place.source, ...use } };
    default:
      return place;
  }
}
