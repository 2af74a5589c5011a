import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Min } from 'class-validator';
import { IsHostId, IsLibvirtUuid, IsProjectName } from '../validators.js';
import { secretUsageTypes, type SecretUsageType } from './secret-usage.js';

/** Something that happened to a domain. `detail` is libvirt's name for how it came about. */
export class DomainHappening {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsString() readonly name!: string;
  @IsString() readonly detail!: string;
  /** RFC 3339. */
  @IsString() readonly at!: string;
  @IsOptional() @IsHostId() readonly hostId?: string;
  @IsOptional() @IsInt() @Min(1) readonly epoch?: number;
  /** The words that came with a failure. */
  @IsOptional() @IsString() readonly error?: string;
}

export class NetworkHappening {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsString() readonly name!: string;
  @IsString() readonly at!: string;
  /** The activation that began or ended. */
  @IsOptional() @IsInt() @Min(1) readonly activation?: number;
}

export class HostHappening {
  @IsHostId() readonly hostId!: string;
  @IsString() readonly at!: string;
}

export class PortHappening {
  @IsIn(['allocated', 'released']) readonly what!: 'allocated' | 'released';
  @IsLibvirtUuid() readonly port!: string;
  @IsString() readonly network!: string;
  /** Of a port that was made by hand: its owner, as its maker has named it. */
  @IsLibvirtUuid() readonly domain!: string;
  @IsString() readonly mac!: string;
  @IsHostId() readonly hostId!: string;
  @IsString() readonly at!: string;
  /** It is no interface's, and belongs to the project, or to the fleet. */
  @IsOptional() @IsBoolean() readonly byHand?: boolean;
  @IsOptional() @IsProjectName() readonly project?: string;
}

export class PoolHappening {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsString() readonly name!: string;
  @IsString() readonly at!: string;
}

/** Of its value nothing is said but that there is another. */
export class SecretHappening {
  @IsLibvirtUuid() readonly uuid!: string;
  /** What definitions name the secret by; empty when it has no usage. */
  @IsString() readonly name!: string;
  @IsIn(secretUsageTypes) readonly usageType!: SecretUsageType;
  @IsString() readonly at!: string;
}
