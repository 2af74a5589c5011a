/** Volumes by whatever a user types: a name in a pool, or where the file is. */
import type { PoolDetail, VolumeRecord } from '@virtbus/contracts';
import type { Context } from './context.js';
import { Failure, failed } from './failure.js';
import { FleetError } from './fleet.js';
import { findPool } from './pool-order.js';

export const volumeOption = { kind: 'text', required: true, about: 'name of the volume in its pool, or its path' } as const;
export const volumePathOption = { kind: 'text', required: true, about: 'path of the volume' } as const;
export const ofPoolOption = { kind: 'text', about: 'name or UUID of its storage pool' } as const;

export interface FoundVolume {
  readonly pool: PoolDetail;
  readonly volume: VolumeRecord;
  readonly path: string;
}

/** The option that would say which pool, of a command that has one. */
type PoolOption = '--pool' | '--inputpool' | 'none';

const missing = (text: string, hint: PoolOption): Failure =>
  new Failure(
    [
      `failed to get vol '${text}'${hint === 'none' ? '' : `, specifying ${hint} might help`}`,
      `Storage volume not found: no storage vol with matching path '${text}'`,
    ],
    'no_volume',
    { libvirt: 50 },
  );

/** @throws Failure when there is no such pool, it is not active, or nothing has that name or path; a path needs no pool. */
export async function findVolume(
  context: Context,
  { vol, pool: poolText }: { readonly vol: string; readonly pool?: string | undefined },
  hint: PoolOption = '--pool',
): Promise<FoundVolume> {
  if (poolText === undefined) return (await atPath(context, vol)) ?? fail(missing(vol, hint));
  const pool = await findPool(context, poolText);
  if (!pool.active) throw new Failure([`pool '${poolText}' is not active`], 'operation_invalid', { libvirt: 55 });
  return (await named(context, pool, vol)) ?? (await atPath(context, vol)) ?? fail(missing(vol, 'none'));
}

async function named(context: Context, pool: PoolDetail, name: string): Promise<FoundVolume | undefined> {
  if (name.includes('/')) return undefined;
  try {
    const volume = await context.ask('getVolume', { pool: pool.name, volume: name });
    return { pool, volume, path: `${pool.path}/${volume.name}` };
  } catch (error) {
    if (error instanceof FleetError && error.code === 'no_volume') return undefined;
    throw failed(undefined, error);
  }
}

async function atPath(context: Context, text: string): Promise<FoundVolume | undefined> {
  const [, directory, name] = /^(.*)\/([^/]+)$/.exec(text.replace(/\/+/g, '/')) ?? [];
  if (name === undefined) return undefined;
  const { pools } = await ofFleet(context.ask('listPools', {}));
  const pool = pools.find(({ active, path }) => active && path === directory);
  return pool && named(context, pool, name);
}

async function ofFleet<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    throw failed(undefined, error);
  }
}

function fail(failure: Failure): never {
  throw failure;
}
