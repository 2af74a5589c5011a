import { IsArray, IsBoolean, IsIn, IsInt, IsOptional, IsString, Min } from 'class-validator';
import { bucket, request } from '../contract.js';
import { hostId, poolUuid, volumeXml } from '../examples.js';
import { Nested } from '../nested.js';
import { Done } from '../values/common.js';
import { IsHostId, IsLibvirtUuid, IsObjectName, IsXmlText } from '../validators.js';
import { poolBuilds, type PoolBuild } from '../api/pools.contract.js';

/** A pool as its host finds it: which it is, and where. */
export class HostPool {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsString() readonly path!: string;
}

export class BuildHostPool extends HostPool {
  @IsIn(poolBuilds) readonly build!: PoolBuild;
  /** Permissions of the directory; libvirt's 0711 unless the pool says otherwise. */
  @IsOptional() @IsInt() @Min(0) readonly mode?: number;
  @IsOptional() @IsInt() @Min(0) readonly owner?: number;
  @IsOptional() @IsInt() @Min(0) readonly group?: number;
}

export class HostVolume extends HostPool {
  @IsObjectName() readonly volume!: string;
}

export class MakeHostVolume extends HostPool {
  @IsXmlText() readonly xml!: string;
  @IsOptional() @Nested(() => HostVolume) readonly from?: HostVolume;
  @IsOptional() @IsBoolean() readonly preallocate?: boolean;
}

export class ResizeHostVolume extends HostVolume {
  @IsInt() @Min(0) readonly capacity!: number;
  @IsOptional() @IsBoolean() readonly delta?: boolean;
  @IsOptional() @IsBoolean() readonly shrink?: boolean;
  @IsOptional() @IsBoolean() readonly allocate?: boolean;
}

/** What a host has in the directory of an active pool. Bytes are the file system's. */
export class HostPoolRecord {
  @IsHostId() readonly hostId!: string;
  @IsLibvirtUuid() readonly uuid!: string;
  @IsString() readonly path!: string;
  @IsInt() @Min(0) readonly capacity!: number;
  @IsInt() @Min(0) readonly allocation!: number;
  @IsInt() @Min(0) readonly available!: number;
  @IsInt() @Min(0) readonly mode!: number;
  @IsInt() @Min(0) readonly owner!: number;
  @IsInt() @Min(0) readonly group!: number;
}

export class VolumeRecord {
  @IsHostId() readonly hostId!: string;
  @IsLibvirtUuid() readonly pool!: string;
  @IsObjectName() readonly name!: string;
  @IsIn(['file', 'dir']) readonly type!: 'file' | 'dir';
  /** Bytes that a guest sees. */
  @IsInt() @Min(0) readonly capacity!: number;
  /** Bytes that it takes up. */
  @IsInt() @Min(0) readonly allocation!: number;
  /** Bytes of the file. */
  @IsInt() @Min(0) readonly physical!: number;
  /** libvirt's word for the image format, as the file's own header has it. */
  @IsString() readonly format!: string;
  /** As `vol-dumpxml` prints it. */
  @IsXmlText() readonly xml!: string;
}

/** Revisions at which the host has written what it now says of a volume or of what it was asked to look at. */
export class Looked {
  @IsInt() @Min(0) readonly revision!: number;
  /** Names of the volumes that are there. */
  @IsOptional() @IsArray() @IsString({ each: true }) readonly volumes?: string[];
}

const pool = { uuid: poolUuid, path: '/var/lib/libvirt/images' };
const volume = { ...pool, volume: 'disk.qcow2' };
const always = ['payload_invalid', 'internal', 'operation_invalid', 'operation_failed', 'system_error'] as const;

export const buildHostPool = request({
  subject: 'virtbus.v1.host.{hostId}.req.pool.build',
  summary: "Make a pool's directory on this host.",
  owner: 'host-agent',
  payload: BuildHostPool,
  reply: Done,
  errors: always,
  example: { ...pool, build: 'new' },
  replyExample: {},
});

export const removeHostPool = request({
  subject: 'virtbus.v1.host.{hostId}.req.pool.remove',
  summary: "Remove a pool's empty directory from this host.",
  owner: 'host-agent',
  payload: HostPool,
  reply: Done,
  errors: always,
  example: pool,
  replyExample: {},
});

export const lookAtHostPool = request({
  subject: 'virtbus.v1.host.{hostId}.req.pool.look',
  summary: "Look at what is in a pool's directory on this host, and say so in the buckets.",
  owner: 'host-agent',
  payload: HostPool,
  reply: Looked,
  errors: always,
  example: pool,
  replyExample: { revision: 17 },
});

export const makeHostVolume = request({
  subject: 'virtbus.v1.host.{hostId}.req.volume.make',
  summary: 'Make a volume on this host. It has its name only once it is complete.',
  owner: 'host-agent',
  payload: MakeHostVolume,
  reply: Looked,
  errors: [...always, 'xml_error', 'invalid_argument', 'config_unsupported', 'volume_exists', 'no_volume'],
  example: { ...pool, xml: volumeXml },
  replyExample: { revision: 18 },
});

export const removeHostVolume = request({
  subject: 'virtbus.v1.host.{hostId}.req.volume.remove',
  summary: 'Remove a volume from this host.',
  owner: 'host-agent',
  payload: HostVolume,
  reply: Looked,
  errors: [...always, 'no_volume'],
  example: volume,
  replyExample: { revision: 0 },
});

export const resizeHostVolume = request({
  subject: 'virtbus.v1.host.{hostId}.req.volume.resize',
  summary: 'Change the capacity of a volume on this host.',
  owner: 'host-agent',
  payload: ResizeHostVolume,
  reply: Looked,
  errors: [...always, 'no_volume', 'invalid_argument', 'operation_unsupported'],
  example: { ...volume, capacity: 21_474_836_480 },
  replyExample: { revision: 19 },
});

export const wipeHostVolume = request({
  subject: 'virtbus.v1.host.{hostId}.req.volume.wipe',
  summary: 'Overwrite a volume on this host with zeros.',
  owner: 'host-agent',
  payload: HostVolume,
  reply: Looked,
  errors: [...always, 'no_volume'],
  example: volume,
  replyExample: { revision: 20 },
});

export const lookAtHostVolume = request({
  subject: 'virtbus.v1.host.{hostId}.req.volume.look',
  summary: 'What a volume on this host is now: one that a guest writes to grows.',
  owner: 'host-agent',
  payload: HostVolume,
  reply: VolumeRecord,
  errors: [...always, 'no_volume'],
  example: volume,
  replyExample: {
    hostId,
    pool: poolUuid,
    name: 'disk.qcow2',
    type: 'file',
    capacity: 8_388_608,
    allocation: 200_704,
    physical: 196_616,
    format: 'qcow2',
    xml: volumeXml,
  },
});

export const hostPools = bucket({
  bucket: 'virtbus_host_pools',
  subject: '{hostId}.{uuid}',
  summary: 'Which active storage pools each host has a directory for, and the room there.',
  owner: 'host-agent',
  payload: HostPoolRecord,
  example: {
    hostId,
    ...pool,
    capacity: 270_553_174_016,
    allocation: 26_434_895_872,
    available: 244_118_278_144,
    mode: 0o711,
    owner: 0,
    group: 0,
  },
});

export const volumeRecords = bucket({
  bucket: 'virtbus_volumes',
  subject: '{hostId}.{pool}.{name}',
  summary: 'Volumes of active storage pools, on each host that has them. The last part of the key is the name in base64url.',
  owner: 'host-agent',
  payload: VolumeRecord,
  example: {
    hostId,
    pool: poolUuid,
    name: 'disk.qcow2',
    type: 'file',
    capacity: 8_388_608,
    allocation: 200_704,
    physical: 196_616,
    format: 'qcow2',
    xml: volumeXml,
  },
});
