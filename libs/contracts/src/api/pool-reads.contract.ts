import { Type } from 'class-transformer';
import { IsArray, IsInt, IsOptional, IsString, Min, ValidateNested } from 'class-validator';
import { request } from '../contract.js';
import { hostId, poolUuid, poolXml, volumeXml } from '../examples.js';
import { VolumeRecord } from '../host-agent/storage.contract.js';
import { PageQuestion } from '../values/common.js';
import { IsObjectName } from '../validators.js';
import { PoolRecord, PoolRef } from './pools.contract.js';
import { VolumeRef } from './volumes.contract.js';

/** A pool as `pool-dumpxml` prints it, with what the host says of it that answers for it. Bytes. */
export class PoolDetail extends PoolRecord {
  @IsOptional() @IsInt() @Min(0) readonly capacity?: number;
  @IsOptional() @IsInt() @Min(0) readonly allocation?: number;
  @IsOptional() @IsInt() @Min(0) readonly available?: number;
}

export class PoolList {
  @IsArray() @ValidateNested({ each: true }) @Type(() => PoolDetail) readonly pools!: PoolDetail[];
  /** Where the next page begins; absent when this is the last. */
  @IsOptional() @IsString() readonly next?: string;
}

export class ListVolumes extends PageQuestion {
  @IsObjectName() readonly pool!: string;
}

export class VolumeList {
  @IsArray() @ValidateNested({ each: true }) @Type(() => VolumeRecord) readonly volumes!: VolumeRecord[];
  /** Where the next page begins; absent when this is the last. */
  @IsOptional() @IsString() readonly next?: string;
}

const pool = {
  uuid: poolUuid,
  name: 'images',
  path: '/var/lib/libvirt/images',
  xml: poolXml,
  persistent: true,
  autostart: false,
  active: true,
};
const volume = {
  hostId,
  pool: poolUuid,
  name: 'disk.qcow2',
  type: 'file',
  capacity: 8_388_608,
  allocation: 200_704,
  physical: 196_616,
  format: 'qcow2',
  xml: volumeXml,
} as const;
const reading = ['payload_invalid', 'internal'] as const;

export const listPools = request({
  subject: 'virtbus.v1.req.pool.list',
  summary: 'Every storage pool of the fleet, with the space that is in the active ones.',
  owner: 'api',
  payload: PageQuestion,
  reply: PoolList,
  errors: reading,
  example: {},
  replyExample: { pools: [pool] },
});

export const getPool = request({
  subject: 'virtbus.v1.req.pool.get',
  summary: 'One storage pool, with its XML.',
  owner: 'api',
  payload: PoolRef,
  reply: PoolDetail,
  errors: [...reading, 'no_pool'],
  example: { pool: 'images' },
  replyExample: { ...pool, capacity: 270_553_174_016, allocation: 26_434_895_872, available: 244_118_278_144 },
});

export const listVolumes = request({
  subject: 'virtbus.v1.req.volume.list',
  summary: 'What is in an active storage pool, on the host that answers for it.',
  owner: 'api',
  payload: ListVolumes,
  reply: VolumeList,
  errors: [...reading, 'no_pool', 'operation_invalid'],
  example: { pool: 'images' },
  replyExample: { volumes: [volume] },
});

export const getVolume = request({
  subject: 'virtbus.v1.req.volume.get',
  summary: 'One volume, with its XML, as its host has last said.',
  owner: 'api',
  payload: VolumeRef,
  reply: VolumeRecord,
  errors: [...reading, 'no_pool', 'no_volume', 'operation_invalid'],
  example: { pool: 'images', volume: 'disk.qcow2' },
  replyExample: volume,
});
