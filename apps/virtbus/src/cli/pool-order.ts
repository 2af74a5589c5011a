import type { PoolBuild, PoolDetail } from '@virtbus/contracts';
import { command, done, type Command } from './command.js';
import type { Context } from './context.js';
import { Failure, failed } from './failure.js';
import { FleetError, type PoolOrder } from './fleet.js';
import type { OrderWords } from './object-order.js';

export const poolOption = { kind: 'text', required: true, about: 'name or UUID of the storage pool' } as const;

export const buildOptions = {
  'no-overwrite': { kind: 'flag', about: 'only where nothing would be overwritten' },
  overwrite: { kind: 'flag', about: 'whatever is there' },
} as const;

/** @throws Failure when both are wanted */
export function buildOf(wanted: boolean, flags: { readonly overwrite: boolean; readonly 'no-overwrite': boolean }): PoolBuild | undefined {
  const { overwrite, 'no-overwrite': keep } = flags;
  if (overwrite && keep) throw new Failure(['Options --overwrite and --no-overwrite are mutually exclusive'], 'usage');
  if (overwrite) return 'overwrite';
  if (keep) return 'no-overwrite';
  return wanted ? 'new' : undefined;
}

const poolMissing = (text: string, by: 'name' | 'uuid' = 'name'): Failure =>
  new Failure([`failed to get pool '${text}'`, `Storage pool not found: no storage pool with matching ${by} '${text}'`], 'no_pool', {
    libvirt: 49,
  });

/**
 * Does something with a storage pool that the user has named.
 * @throws Failure that begins with `doing`, or says that there is no such pool
 */
export async function withPool<T>(pool: string, doing: string | undefined, act: () => Promise<T>, by?: 'name' | 'uuid'): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof FleetError && error.code === 'no_pool') throw poolMissing(pool, by);
    throw failed(doing, error);
  }
}

/** The pool, when it is named by one of the allowed keys. @throws Failure */
export async function findPool(context: Context, text: string, keys: readonly ('uuid' | 'name')[] = ['name', 'uuid']): Promise<PoolDetail> {
  const pool = await withPool(text, undefined, async () => context.ask('getPool', { pool: text }), keys[0]);
  if (keys.some((key) => pool[key] === (key === 'uuid' ? text.toLowerCase() : text))) return pool;
  throw poolMissing(text, keys[0]);
}

/** A command that orders one thing of one storage pool. */
export const poolOrder = (order: PoolOrder, { about, example, failure, success }: OrderWords): Command =>
  command({
    about,
    example,
    options: { pool: poolOption },
    async run({ pool }, context) {
      const result = await withPool(pool, `${failure} ${pool}`, async () => context.order(order, { pool }));
      return done(`Pool ${pool} ${success}`, result);
    },
  });
