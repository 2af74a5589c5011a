import * as contracts from '@virtbus/contracts';
import type { CommandContract, PayloadOf, PoolBuild, PoolLooked, PoolRecord } from '@virtbus/contracts';
import { errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';
import { storagePoolCapabilities } from '../core/pool-capabilities.js';
import { ALL_POOL_FILTERS, poolPasses } from '../core/pool-filter.js';
import { listed, poolHandle, type PoolHandle } from '../handles.js';
import { invalidArgument, noPool, refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

const INACTIVE = 1;
const VALIDATE = 1;

const poolsThat = ({ known }: Session, holds: (pool: PoolRecord) => boolean): PoolRecord[] => known.pools().filter((each) => holds(each));
const active = (session: Session): PoolRecord[] => poolsThat(session, (pool) => pool.active);
const inactive = (session: Session): PoolRecord[] => poolsThat(session, (pool) => !pool.active);
const names = (pools: readonly PoolRecord[], most: number) => ({ names: pools.slice(0, most).map((pool) => pool.name) });

/** virStoragePoolCreateFlags. */
const CREATE = { build: 1, overwrite: 2, noOverwrite: 4 } as const;
/** virStoragePoolBuildFlags. To repair or to resize is nothing that a directory knows. */
const BUILD = { noOverwrite: 4, overwrite: 8 } as const;

const clash = (one: string, other: string): Error =>
  invalidArgument(`Flags '${one}' and '${other}' are mutually exclusive`, errorDomain.storage);

function createdHow(flags: number, procedure: string): PoolBuild | undefined {
  refuseOtherFlags(flags, CREATE.build | CREATE.overwrite | CREATE.noOverwrite, procedure);
  if ((flags & CREATE.overwrite) !== 0 && (flags & CREATE.noOverwrite) !== 0)
    throw clash('VIR_STORAGE_POOL_CREATE_WITH_BUILD_OVERWRITE', 'VIR_STORAGE_POOL_CREATE_WITH_BUILD_NO_OVERWRITE');
  if ((flags & CREATE.overwrite) !== 0) return 'overwrite';
  if ((flags & CREATE.noOverwrite) !== 0) return 'no-overwrite';
  return (flags & CREATE.build) === 0 ? undefined : 'new';
}

function builtHow(flags: number): PoolBuild {
  refuseOtherFlags(flags, BUILD.overwrite | BUILD.noOverwrite, 'storage_pool_build');
  if ((flags & BUILD.overwrite) !== 0 && (flags & BUILD.noOverwrite) !== 0)
    throw clash('VIR_STORAGE_POOL_BUILD_OVERWRITE', 'VIR_STORAGE_POOL_BUILD_NO_OVERWRITE');
  if ((flags & BUILD.overwrite) !== 0) return 'overwrite';
  return (flags & BUILD.noOverwrite) === 0 ? 'new' : 'no-overwrite';
}

type OfPool = CommandContract<string, contracts.PoolRef, PoolLooked>;

async function order<C extends OfPool>(
  contract: C,
  of: PoolHandle,
  { orders, known }: Session,
  more: Omit<PayloadOf<C>, 'pool'>,
): Promise<object> {
  await known.pool(of);
  const payload = { ...more, pool: of.uuid };
  await orders.run<OfPool>(contract, payload);
  return {};
}

async function made(contract: typeof contracts.definePool | typeof contracts.createPool, payload: contracts.CreatePool, session: Session) {
  const { uuid } = await session.orders.run<CommandContract<string, contracts.CreatePool, PoolLooked>>(contract, payload);
  return { pool: poolHandle(await session.known.pool({ uuid })) };
}

/** virStoragePoolState. */
const RUNNING = 2;

const sizes = ({ known }: Session, pool: PoolRecord) => {
  const { capacity = 0, allocation = 0, available = 0 } = known.memory.storage.room(pool) ?? {};
  return { capacity: BigInt(capacity), allocation: BigInt(allocation), available: BigInt(available) };
};

/** Storage pools. */
export const storage: RemoteHandlers = {
  connect_num_of_storage_pools: (_, session) => ({ num: active(session).length }),
  connect_list_storage_pools: ({ maxnames }, session) => names(active(session), maxnames),
  connect_num_of_defined_storage_pools: (_, session) => ({ num: inactive(session).length }),
  connect_list_defined_storage_pools: ({ maxnames }, session) => names(inactive(session), maxnames),
  connect_list_all_storage_pools: ({ need_results, flags }, session) => {
    refuseOtherFlags(flags, ALL_POOL_FILTERS, 'connect_list_all_storage_pools');
    const { list, ret } = listed(
      poolsThat(session, (each) => poolPasses(each, flags)),
      need_results,
    );
    return { pools: list.map((each) => poolHandle(each)), ret };
  },
  connect_find_storage_pool_sources: ({ type }) => {
    const words = `this function is not supported by the connection driver: pool type '${type}' does not support source discovery`;
    throw new RemoteError(errorCode.noSupport, errorDomain.storage, words);
  },
  connect_get_storage_pool_capabilities: ({ flags }) => {
    refuseOtherFlags(flags, 0, 'connect_get_storage_pool_capabilities');
    return { capabilities: storagePoolCapabilities };
  },
  storage_pool_lookup_by_name: async ({ name }, { known }) => ({ pool: poolHandle(await known.poolNamed(name)) }),
  storage_pool_lookup_by_uuid: async ({ uuid }, { known }) => ({ pool: poolHandle(await known.pool({ uuid })) }),
  storage_pool_lookup_by_volume: async ({ vol }, { known }) => ({ pool: poolHandle(await known.poolNamed(vol.pool)) }),
  storage_pool_lookup_by_target_path: ({ path }, session) => {
    const clean = path.replace(/\/+/g, '/').replace(/(.)\/$/, '$1');
    const [pool] = poolsThat(session, (each) => each.active && each.path === clean);
    if (!pool) throw noPool('target path', path);
    return { pool: poolHandle(pool) };
  },
  storage_pool_define_xml: ({ xml, flags }, session) => {
    refuseOtherFlags(flags, VALIDATE, 'storage_pool_define_xml');
    return made(contracts.definePool, { xml }, session);
  },
  storage_pool_create_xml: ({ xml, flags }, session) => {
    const build = createdHow(flags, 'storage_pool_create_xml');
    return made(contracts.createPool, { xml, ...(build && { build }) }, session);
  },
  storage_pool_create: ({ pool, flags }, session) => {
    const build = createdHow(flags, 'storage_pool_create');
    return order(contracts.startPool, pool, session, build ? { build } : {});
  },
  storage_pool_build: ({ pool, flags }, session) => order(contracts.buildPool, pool, session, { build: builtHow(flags) }),
  storage_pool_destroy: ({ pool }, session) => order(contracts.destroyPool, pool, session, {}),
  storage_pool_delete: ({ pool, flags }, session) => {
    // Zeros are for devices: the directory that is removed is empty.
    refuseOtherFlags(flags, 0, 'storage_pool_delete');
    return order(contracts.deletePool, pool, session, {});
  },
  storage_pool_undefine: ({ pool }, session) => order(contracts.undefinePool, pool, session, {}),
  storage_pool_refresh: ({ pool, flags }, session) => {
    refuseOtherFlags(flags, 0, 'storage_pool_refresh');
    return order(contracts.refreshPool, pool, session, {});
  },
  storage_pool_get_info: async ({ pool }, session) => {
    const record = await session.known.pool(pool);
    return { state: record.active ? RUNNING : 0, ...sizes(session, record) };
  },
  storage_pool_get_xml_desc: async ({ pool, flags }, { known }) => {
    refuseOtherFlags(flags, INACTIVE, 'storage_pool_get_xml_desc');
    const record = await known.pool(pool);
    return { xml: (flags & INACTIVE) === 0 ? known.memory.storage.poolXml(record) : record.xml };
  },
  storage_pool_get_autostart: async ({ pool }, { known }) => ({ autostart: (await known.pool(pool)).autostart ? 1 : 0 }),
  storage_pool_set_autostart: ({ pool, autostart }, session) =>
    order(contracts.setPoolAutostart, pool, session, { autostart: autostart !== 0 }),
  storage_pool_is_active: async ({ pool }, { known }) => ({ active: (await known.pool(pool)).active ? 1 : 0 }),
  storage_pool_is_persistent: async ({ pool }, { known }) => ({ persistent: (await known.pool(pool)).persistent ? 1 : 0 }),
};
