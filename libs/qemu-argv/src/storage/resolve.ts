import type { Context } from '../context.js';
import type { Disk } from '../domain-parts.js';
import { unsupported } from '../refusal.js';
import type { ArgvHost } from '../host/argv-host.js';
import type { PlaceOfType, StoragePlace } from './place.js';

/**
 * Where a disk's bytes are: a volume of a pool is looked up. What the definition says of its use, on the disk or on its source, stays.
 */
export function storagePlaceOf({ host }: Context, disk: Disk, at: string): StoragePlace {
  if (disk.type === 'network') return withUse(withAccounts(host, disk), disk.auth ? { auth: disk.auth } : {});
  if (disk.type !== 'volume' || !disk.source) return withUse(disk, disk.auth ? { auth: disk.auth } : {});
  const { pool, volume, mode, ...own } = disk.source;
  const found = host.lookup?.volume?.(pool, volume, mode);
  if (!found) throw unsupported(`${at}/source`, `no storage volume '${volume}' in pool '${pool}' on this host`);
  return withUse(found, own);
}

type NetworkPlace = PlaceOfType<'network'>;

/** Accounts of an NFS server's files go to QEMU as numbers. */
function withAccounts({ lookup }: ArgvHost, place: NetworkPlace): NetworkPlace {
  const { user, group } = place.source?.identity ?? {};
  if (!place.source || (user ?? group) === undefined) return place;
  const numbered = (kind: 'user' | 'group', name: string | undefined): string | undefined =>
    name === undefined || /^\+?\d+$/.test(name) ? name : (lookup?.account?.(kind, name)?.toString() ?? name);
  const [userId, groupId] = [numbered('user', user), numbered('group', group)];
  const identity = { ...(userId !== undefined && { user: userId }), ...(groupId !== undefined && { group: groupId }) };
  return { ...place, source: { ...place.source, identity } };
}

type Use = Pick<NonNullable<Extract<Disk, { readonly type: 'volume' }>['source']>, 'encryption' | 'auth' | 'slices'>;

const usesNothing = (use: object): boolean => Object.keys(use).length === 0;

function withUse(place: StoragePlace, { encryption, auth, slices }: Use): StoragePlace {
  const use = { ...(encryption && { encryption }), ...(auth && { auth }), ...(slices && { slices }) };
  if (usesNothing(use) || !place.source) return place;
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
