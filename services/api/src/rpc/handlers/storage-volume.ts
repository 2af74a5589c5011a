import * as contracts from '@virtbus/contracts';
import { defined, type PoolRecord, type VolumeRecord } from '@virtbus/contracts';
import { errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';
import { hostPoolOf } from '../../pools/pool-hosts.js';
import { listed, volumeHandle, type VolumeHandle } from '../handles.js';
import type { KnownVolume } from '../known.js';
import { invalidArgument, noVolume, refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

/** virStorageVolType. */
const volumeTypes = { file: 0, dir: 2 } as const;
const PHYSICAL = 1;
/** virStorageVolCreateFlags: with REFLINK libvirt refuses what cannot be shared with the original; nothing can here. */
const CREATE = { preallocate: 1, reflink: 2, validate: 4 } as const;
const RESIZE = { allocate: 1, delta: 2, shrink: 4 } as const;
/** Zeros first, or snapshots with it: what is deleted here is unlinked. */
const WITH_SNAPSHOTS = 2;
/** virStorageVolWipeAlgorithm; the others need the program scrub. */
const ZEROS = 0;

/** As it is on its host now: a guest's image grows while it is written to. */
async function now({ pool, volume }: KnownVolume, { orders }: Session): Promise<VolumeRecord> {
  return orders.askHost(pool, contracts.lookAtHostVolume, { ...hostPoolOf(pool), volume: volume.name });
}

const infoOf = ({ type, capacity, allocation }: VolumeRecord) => ({
  type: volumeTypes[type],
  capacity: BigInt(capacity),
  allocation: BigInt(allocation),
});

const bytes = (count: bigint): number => {
  if (count > BigInt(Number.MAX_SAFE_INTEGER)) throw invalidArgument(`${count} bytes are more than any file can have`, errorDomain.storage);
  return Number(count);
};

function createdHow(flags: number, procedure: string): { readonly preallocate?: true } {
  refuseOtherFlags(flags, CREATE.preallocate | CREATE.validate, procedure);
  return (flags & CREATE.preallocate) === 0 ? {} : { preallocate: true };
}

async function made(pool: PoolRecord, payload: Omit<contracts.CreateVolume, 'pool'>, { orders, known }: Session) {
  const { name } = await orders.run(contracts.createVolume, { ...payload, pool: pool.uuid });
  return { vol: volumeHandle(await known.volume({ pool: pool.name, name })) };
}

async function copied(pool: PoolRecord, of: VolumeHandle, wanted: Pick<contracts.CreateVolume, 'xml' | 'preallocate'>, session: Session) {
  const source = await session.known.volume(of);
  try {
    return await made(pool, { ...wanted, from: { pool: source.pool.uuid, volume: source.volume.name } }, session);
  } catch (thrown) {
    throw thrown instanceof contracts.Refusal && thrown.code === 'volume_exists' ? inUse(thrown) : thrown;
  }
}

/** libvirt has other words, and another number, for a copy. */
function inUse({ message }: contracts.Refusal): RemoteError {
  const name = /'(.*)'/.exec(message)?.[1] ?? '';
  return new RemoteError(errorCode.internal, errorDomain.storage, `internal error: storage volume name '${name}' already in use.`);
}

async function wiped(vol: VolumeHandle, algorithm: number, { known, orders }: Session): Promise<object> {
  const { pool, volume } = await known.volume(vol);
  if (algorithm !== ZEROS)
    throw new RemoteError(errorCode.systemError, errorDomain.storage, "Cannot find 'scrub' in path: No such file or directory");
  await orders.run(contracts.wipeVolume, { pool: pool.uuid, volume: volume.name });
  return {};
}

const found = (volume: KnownVolume | undefined, by: string, value: string): { readonly vol: VolumeHandle } => {
  if (!volume) throw noVolume(by, value);
  return { vol: volumeHandle(volume) };
};

/** Volumes of storage pools. */
export const storageVolume: RemoteHandlers = {
  storage_pool_num_of_volumes: async ({ pool }, { known }) => ({
    num: known.memory.storage.volumesOf(await known.activePool({ uuid: pool.uuid })).length,
  }),
  storage_pool_list_volumes: async ({ pool, maxnames }, { known }) => {
    const volumes = known.memory.storage.volumesOf(await known.activePool({ uuid: pool.uuid }));
    return { names: volumes.slice(0, maxnames).map(({ name }) => name) };
  },
  storage_pool_list_all_volumes: async ({ pool, need_results, flags }, { known }) => {
    refuseOtherFlags(flags, 0, 'storage_pool_list_all_volumes');
    const record = await known.activePool({ uuid: pool.uuid });
    const { list, ret } = listed(known.memory.storage.volumesOf(record), need_results);
    return { vols: list.map((volume) => volumeHandle({ pool: record, volume })), ret };
  },
  storage_vol_lookup_by_name: async ({ pool, name }, { known }) => {
    const { name: poolName } = await known.activePool({ uuid: pool.uuid });
    return { vol: volumeHandle(await known.volume({ pool: poolName, name })) };
  },
  storage_vol_lookup_by_key: ({ key }, { known }) => found(known.volumeAt(key), 'key', key),
  storage_vol_lookup_by_path: ({ path }, { known }) => found(known.volumeAt(path.replace(/\/+/g, '/')), 'path', path),
  storage_vol_get_path: async ({ vol }, { known }) => ({ name: volumeHandle(await known.volume(vol)).key }),
  storage_vol_get_info: async ({ vol }, session) => infoOf(await now(await session.known.volume(vol), session)),
  storage_vol_get_info_flags: async ({ vol, flags }, session) => {
    refuseOtherFlags(flags, PHYSICAL, 'storage_vol_get_info_flags');
    const volume = await now(await session.known.volume(vol), session);
    return infoOf((flags & PHYSICAL) === 0 ? volume : { ...volume, allocation: volume.physical });
  },
  storage_vol_get_xml_desc: async ({ vol, flags }, session) => {
    refuseOtherFlags(flags, 0, 'storage_vol_get_xml_desc');
    return { xml: (await now(await session.known.volume(vol), session)).xml };
  },
  storage_vol_create_xml: async ({ pool, xml, flags }, session) => {
    const how = createdHow(flags, 'storage_vol_create_xml');
    return made(await session.known.activePool({ uuid: pool.uuid }), { xml, ...how }, session);
  },
  storage_vol_create_xml_from: async ({ pool, xml, clonevol, flags }, session) => {
    const how = createdHow(flags, 'storage_vol_create_xml_from');
    return copied(await session.known.activePool({ uuid: pool.uuid }), clonevol, { xml, ...how }, session);
  },
  storage_vol_delete: async ({ vol, flags }, { known, orders }) => {
    refuseOtherFlags(flags, WITH_SNAPSHOTS, 'storage_vol_delete');
    const { pool, volume } = await known.volume(vol);
    await orders.run(contracts.deleteVolume, { pool: pool.uuid, volume: volume.name });
    return {};
  },
  storage_vol_resize: async ({ vol, capacity, flags }, { known, orders }) => {
    refuseOtherFlags(flags, RESIZE.allocate | RESIZE.delta | RESIZE.shrink, 'storage_vol_resize');
    const { pool, volume } = await known.volume(vol);
    const set = (bit: number) => ((flags & bit) === 0 ? undefined : true);
    const how = defined({ allocate: set(RESIZE.allocate), delta: set(RESIZE.delta), shrink: set(RESIZE.shrink) });
    await orders.run(contracts.resizeVolume, { pool: pool.uuid, volume: volume.name, capacity: bytes(capacity), ...how });
    return {};
  },
  storage_vol_wipe: ({ vol, flags }, session) => {
    refuseOtherFlags(flags, 0, 'storage_vol_wipe');
    return wiped(vol, ZEROS, session);
  },
  storage_vol_wipe_pattern: ({ vol, algorithm, flags }, session) => {
    refuseOtherFlags(flags, 0, 'storage_vol_wipe_pattern');
    return wiped(vol, algorithm, session);
  },
};
