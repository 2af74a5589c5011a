import { IsBoolean, IsInt, IsOptional, Min } from 'class-validator';
import { command } from '../contract.js';
import { hostId, poolUuid, volumeXml } from '../examples.js';
import { Nested } from '../nested.js';
import { IsHostId, IsLibvirtUuid, IsObjectName, IsXmlText } from '../validators.js';
import { PoolRef } from './pools.contract.js';

export class VolumeRef extends PoolRef {
  @IsObjectName() readonly volume!: string;
}

export class CreateVolume extends PoolRef {
  @IsXmlText() readonly xml!: string;
  /** The volume whose content the new one has. */
  @IsOptional() @Nested(() => VolumeRef) readonly from?: VolumeRef;
  /** Lay out the image's tables at once, of a format that has any. */
  @IsOptional() @IsBoolean() readonly preallocate?: boolean;
}

export class ResizeVolume extends VolumeRef {
  /** Bytes. */
  @IsInt() @Min(0) readonly capacity!: number;
  /** The capacity is what is to be added, or with `shrink` taken away. */
  @IsOptional() @IsBoolean() readonly delta?: boolean;
  @IsOptional() @IsBoolean() readonly shrink?: boolean;
  /** Take the space from the disk at once. */
  @IsOptional() @IsBoolean() readonly allocate?: boolean;
}

/** Which volume a command was about, and where. */
export class VolumeId {
  @IsLibvirtUuid() readonly pool!: string;
  @IsObjectName() readonly name!: string;
  @IsHostId() readonly hostId!: string;
}

const example = { pool: 'images', volume: 'disk.qcow2' };
const replyExample = { pool: poolUuid, name: 'disk.qcow2', hostId };
const always = [
  'payload_invalid',
  'deadline_passed',
  'internal',
  'no_pool',
  'operation_invalid',
  'operation_failed',
  'system_error',
] as const;
const onHosts = [...always, 'no_host', 'host_unreachable'] as const;

export const createVolume = command({
  subject: 'virtbus.v1.cmd.volume.create',
  summary: 'Make a volume in an active storage pool, empty or as a copy of another.',
  owner: 'api',
  payload: CreateVolume,
  reply: VolumeId,
  errors: [...onHosts, 'payload_too_large', 'xml_error', 'invalid_argument', 'config_unsupported', 'volume_exists', 'no_volume'],
  example: { pool: 'images', xml: volumeXml },
  replyExample,
});

export const deleteVolume = command({
  subject: 'virtbus.v1.cmd.volume.delete',
  summary: 'Remove a volume.',
  owner: 'api',
  payload: VolumeRef,
  reply: VolumeId,
  errors: [...onHosts, 'no_volume'],
  example,
  replyExample,
});

export const resizeVolume = command({
  subject: 'virtbus.v1.cmd.volume.resize',
  summary: 'Change the capacity of a volume. What lies behind a smaller one is lost.',
  owner: 'api',
  payload: ResizeVolume,
  reply: VolumeId,
  errors: [...onHosts, 'no_volume', 'invalid_argument', 'operation_unsupported'],
  example: { ...example, capacity: 21_474_836_480 },
  replyExample,
});

export const wipeVolume = command({
  subject: 'virtbus.v1.cmd.volume.wipe',
  summary: 'Overwrite a volume with zeros, and whatever said of what format it is.',
  owner: 'api',
  payload: VolumeRef,
  reply: VolumeId,
  errors: [...onHosts, 'no_volume'],
  example,
  replyExample,
});
