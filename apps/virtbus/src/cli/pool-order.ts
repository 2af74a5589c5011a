import type { PoolDetail } from '@virtbus/contracts';
import { command, done, type Command } from './command.js';
import type { Context } from './context.js';
import { Failure, failed } from './failure.js';
import { FleetError, type PoolOrder } from './fleet.js';
import type { OrderWords } from './object-order.js';

export const poolOption = { kind: 'text', required: true, about: 'name or UUID of the storage pool' } as const;
export const volumeOption = { kind: 'text', required: true, about: 'name of the volume' } as const;

const poolMissing = (text: string): Failure =>
  new Failure([`failed to get pool '${text}'`, `Storage pool not found: no storage pool with matching name '${text}'`], 'no_pool', {
    libvirt: 49,
  });

const volumeMissing = (text: string): Failure =>
  new Failure([`failed to get vol '${text}'`, `Storage volume not found: no storage vol with matching path '${text}'`], 'no_volume', {
    libvirt: 50,
  });

/**
 * Does something with a storage pool that the user has named, or with a volume of it.
 * @throws Failure that begins with `doing`, or says that there is no such pool or volume
 */
export async function withPool<T>(
  { pool, volume }: { readonly pool: string; readonly volume?: string },
  doing: string | undefined,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const code = error instanceof FleetError ? error.code : undefined;
    if (code === 'no_pool') throw poolMissing(pool);
    if (code === 'no_volume' && volume !== undefined) throw volumeMissing(volume);
    throw failed(doing, error);
  }
}

export const findPool = (context: Context, pool: string): Promise<PoolDetail> =>
  withPool({ pool }, undefined, async () => context.ask('getPool', { pool }));

/** A command that orders one thing of one storage pool. */
export const poolOrder = (order: PoolOrder, { about, example, failure, success }: OrderWords): Command =>
  command({
    about,
    example,
    options: { pool: poolOption },
    async run({ pool }, context) {
      const result = await withPool({ pool }, `${failure} ${pool}`, async () => context.order(order, { pool }));
      return done(`Pool ${pool} ${success}`, result);
    },
  });
