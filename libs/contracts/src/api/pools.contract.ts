import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Min } from 'class-validator';
import { bucket, command, event } from '../contract.js';
import { hostId, poolUuid, poolXml, since } from '../examples.js';
import { ObjectId } from '../values/common.js';
import { PoolHappening } from '../values/happening.js';
import { IsHostId, IsLibvirtUuid, IsObjectName, IsProjectName, IsXmlText } from '../validators.js';
import { NameClaim } from './facts.contract.js';

/** Names a storage pool by its UUID or its name. */
export class PoolRef {
  @IsObjectName() readonly pool!: string;
}

export class DefinePool {
  @IsXmlText() readonly xml!: string;
  /** The project that a new pool falls to. Left out, a known pool keeps its own. */
  @IsOptional() @IsProjectName() readonly project?: string;
}

/** What becomes of a directory before the pool is used. libvirt's words (virStoragePoolBuildFlags). */
export const poolBuilds = ['new', 'overwrite', 'no-overwrite'] as const;
export type PoolBuild = (typeof poolBuilds)[number];

export class CreatePool extends DefinePool {
  /** Make the directory first. */
  @IsOptional() @IsIn(poolBuilds) readonly build?: PoolBuild;
}

export class StartPool extends PoolRef {
  /** Make the directory first. */
  @IsOptional() @IsIn(poolBuilds) readonly build?: PoolBuild;
}

export class SetPoolAutostart extends PoolRef {
  @IsBoolean() readonly autostart!: boolean;
}

/** What a command about a pool was about, and up to where its host has written what there is in it. */
export class PoolLooked extends ObjectId {
  @IsOptional() @IsHostId() readonly hostId?: string;
  /** Of the bucket of volumes. */
  @IsOptional() @IsInt() @Min(0) readonly revision?: number;
}

export class PoolRecord {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsObjectName() readonly name!: string;
  /** The directory, on each host that has it. */
  @IsString() readonly path!: string;
  /** The host that answers for the pool; absent: of the hosts that report and have its directory, the one with the lowest id. */
  @IsOptional() @IsHostId() readonly hostId?: string;
  /** The definition as libvirt reads it back. */
  @IsXmlText() readonly xml!: string;
  @IsBoolean() readonly persistent!: boolean;
  @IsBoolean() readonly autostart!: boolean;
  @IsBoolean() readonly active!: boolean;
  /** The project that owns it; absent: the fleet's own. */
  @IsOptional() @IsProjectName() readonly project?: string;
}

const replyExample = { uuid: poolUuid, name: 'images' };
const example = { pool: 'images' };
const always = ['payload_invalid', 'deadline_passed', 'internal'] as const;
const onHosts = ['operation_invalid', 'operation_failed', 'system_error', 'no_host', 'host_unreachable'] as const;
const reading = ['payload_too_large', 'xml_error', 'invalid_argument', 'config_unsupported'] as const;

export const definePool = command({
  subject: 'virtbus.v1.cmd.pool.define',
  summary: 'Keep the definition of a storage pool of type dir. One of the same name and UUID is replaced.',
  owner: 'api',
  payload: DefinePool,
  reply: PoolLooked,
  errors: [...always, ...reading, 'operation_invalid', 'operation_failed'],
  example: { xml: poolXml },
  replyExample,
});

export const createPool = command({
  subject: 'virtbus.v1.cmd.pool.create',
  summary: 'Define a transient storage pool and start it; its definition goes when it stops.',
  owner: 'api',
  payload: CreatePool,
  reply: PoolLooked,
  errors: [...always, ...reading, ...onHosts],
  example: { xml: poolXml },
  replyExample,
});

export const undefinePool = command({
  subject: 'virtbus.v1.cmd.pool.undefine',
  summary: 'Forget the definition of a storage pool that is not active. Its directory stays.',
  owner: 'api',
  payload: PoolRef,
  reply: PoolLooked,
  errors: [...always, 'no_pool', 'operation_invalid'],
  example,
  replyExample,
});

export const buildPool = command({
  subject: 'virtbus.v1.cmd.pool.build',
  summary: 'Make the directory of a storage pool on the host that answers for it.',
  owner: 'api',
  payload: StartPool,
  reply: PoolLooked,
  errors: [...always, 'no_pool', ...onHosts],
  example,
  replyExample,
});

export const startPool = command({
  subject: 'virtbus.v1.cmd.pool.start',
  summary: 'Use a storage pool: every host that has its directory says from now on what is in it.',
  owner: 'api',
  payload: StartPool,
  reply: PoolLooked,
  errors: [...always, 'no_pool', ...onHosts],
  example,
  replyExample,
});

export const destroyPool = command({
  subject: 'virtbus.v1.cmd.pool.destroy',
  summary: 'Use a storage pool no more. Nothing in its directory changes.',
  owner: 'api',
  payload: PoolRef,
  reply: PoolLooked,
  errors: [...always, 'no_pool', 'operation_invalid'],
  example,
  replyExample,
});

export const deletePool = command({
  subject: 'virtbus.v1.cmd.pool.delete',
  summary: 'Remove the empty directory of a storage pool from the host that answers for it.',
  owner: 'api',
  payload: PoolRef,
  reply: PoolLooked,
  errors: [...always, 'no_pool', ...onHosts],
  example,
  replyExample,
});

export const refreshPool = command({
  subject: 'virtbus.v1.cmd.pool.refresh',
  summary: 'Have the host that answers for a storage pool look anew at what is in it.',
  owner: 'api',
  payload: PoolRef,
  reply: PoolLooked,
  errors: [...always, 'no_pool', ...onHosts],
  example,
  replyExample,
});

export const setPoolAutostart = command({
  subject: 'virtbus.v1.cmd.pool.autostart',
  summary: 'Say whether a storage pool is active from the moment the fleet is up.',
  owner: 'api',
  payload: SetPoolAutostart,
  reply: PoolLooked,
  errors: [...always, 'no_pool', 'operation_failed'],
  example: { pool: 'images', autostart: true },
  replyExample,
});

export const poolRecords = bucket({
  bucket: 'virtbus_pools',
  subject: '{uuid}',
  summary: 'Definitions of storage pools, and whether each is active.',
  owner: 'api',
  payload: PoolRecord,
  example: {
    uuid: poolUuid,
    name: 'images',
    path: '/var/lib/libvirt/images',
    hostId,
    xml: poolXml,
    persistent: true,
    autostart: false,
    active: true,
  },
});

export const poolNames = bucket({
  bucket: 'virtbus_pool_names',
  subject: '{name}',
  summary: 'Which storage pool has a name. The key is the name in base64url.',
  owner: 'api',
  payload: NameClaim,
  example: { uuid: poolUuid },
});

const pool = (words: string) =>
  ({
    summary: `A storage pool was ${words}.`,
    owner: 'api',
    payload: PoolHappening,
    example: { uuid: poolUuid, name: 'images', at: since },
  }) as const;

export const poolDefined = event({ subject: 'virtbus.v1.evt.pool.{uuid}.defined', ...pool('defined') });
export const poolUndefined = event({ subject: 'virtbus.v1.evt.pool.{uuid}.undefined', ...pool('undefined') });
export const poolStarted = event({ subject: 'virtbus.v1.evt.pool.{uuid}.started', ...pool('started') });
export const poolStopped = event({ subject: 'virtbus.v1.evt.pool.{uuid}.stopped', ...pool('stopped') });
export const poolCreated = event({ subject: 'virtbus.v1.evt.pool.{uuid}.created', ...pool('built') });
export const poolDeleted = event({ subject: 'virtbus.v1.evt.pool.{uuid}.deleted', ...pool('deleted: its directory is gone') });
export const poolRefreshed = event({ subject: 'virtbus.v1.evt.pool.{uuid}.refreshed', ...pool('looked at anew') });
