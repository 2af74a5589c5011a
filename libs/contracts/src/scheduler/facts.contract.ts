import { Type } from 'class-transformer';
import { IsArray, IsInt, IsOptional, IsString, Min, ValidateNested } from 'class-validator';
import { Nested } from '../nested.js';
import { bucket } from '../contract.js';
import { commandId, hostId, uuid } from '../examples.js';
import { Demand } from '../values/demand.js';
import { IsHostId, IsLibvirtUuid } from '../validators.js';

/**
 * Which host holds a domain. A placement with a host is also the wish that the domain runs. The epoch rises with each
 * placement and is never used twice, so the record outlives the stop: then it names no host.
 */
export class Placement {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsInt() @Min(1) readonly epoch!: number;
  @IsOptional() @IsHostId() readonly hostId?: string;
  /** The command that led to it. */
  @IsString() readonly commandId!: string;
  /** The domain's name when it was placed: that of the guest. */
  @IsOptional() @IsString() readonly name?: string;
}

export class Claim {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsInt() @Min(1) readonly epoch!: number;
  @Nested(() => Demand) readonly demand!: Demand;
}

/** All that is claimed of one host, in one record, so that one compare-and-set decides. */
export class HostClaims {
  @IsHostId() readonly hostId!: string;
  @IsArray() @ValidateNested({ each: true }) @Type(() => Claim) readonly claims!: Claim[];
}

export const placements = bucket({
  bucket: 'virtbus_placements',
  subject: '{uuid}',
  summary: 'Which host holds each domain, and the epoch of that decision.',
  owner: 'scheduler',
  payload: Placement,
  example: { uuid, epoch: 3, hostId, commandId, name: 'demo' },
});

export const hostClaims = bucket({
  bucket: 'virtbus_claims',
  subject: '{hostId}',
  summary: 'What is claimed of each host.',
  owner: 'scheduler',
  payload: HostClaims,
  example: { hostId, claims: [{ uuid, epoch: 3, demand: { type: 'qemu', arch: 'x86_64', memoryMiB: 128, vcpus: 1 } }] },
});
