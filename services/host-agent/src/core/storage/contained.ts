/** Which other files an image may have its bytes in. */
import type { ImageHeader } from './image-header.js';

/** An active pool, as far as it says what lies in whose reach. */
export interface Reach {
  readonly path: string;
  readonly project?: string | undefined;
}

export type BackingAnswer =
  | { readonly type: 'none' }
  | { readonly type: 'allowed'; readonly path: string }
  | { readonly type: 'refused'; readonly words: string };

/** A path, as the kernel walks it without links. Absolute. */
export function normalized(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

export const liesIn = (path: string, directory: string): boolean => path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);

const directoryOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')));

/** @returns the absolute path of what an image has below it; undefined for what is no path: QEMU would read a protocol from it. */
export function backingPath(directory: string, name: string): string | undefined {
  if (name.startsWith('/')) return normalized(name);
  return /^[^/]*:/.test(name) || name === '?' ? undefined : normalized(`${directory}/${name}`);
}

/**
 * What lies below an image in a pool must be within reach of whoever owns the pool: in a pool of the same project or of nobody's. Below
 * the fleet's own pools it may be anywhere that pools may be.
 * @param roots directories that may hold pools
 */
export function judgeBacking(
  header: ImageHeader,
  {
    directory,
    of,
    pools,
    roots,
  }: { readonly directory: string; readonly of: Reach; readonly pools: readonly Reach[]; readonly roots: readonly string[] },
): BackingAnswer {
  if (header.hasDataFile) return { type: 'refused', words: 'its bytes are in a data file beside it' };
  if (!header.backing) return { type: 'none' };
  const path = backingPath(directory, header.backing.path);
  const refused = { type: 'refused', words: `its backing file '${header.backing.path}' lies in no storage pool that it may use` } as const;
  if (path === undefined) return refused;
  const holder = pools.find((pool) => pool.path === directoryOf(path));
  if (holder) return holder.project === undefined || holder.project === of.project ? { type: 'allowed', path } : refused;
  return of.project === undefined && roots.some((root) => liesIn(path, root)) ? { type: 'allowed', path } : refused;
}
