import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsInt, IsOptional, IsString, Min, ValidateNested } from 'class-validator';

/** Devices that interfaces take from the pool of one network: a physical function's, or those that it lists. */
export class PoolDemand {
  @IsString() readonly network!: string;
  @IsIn(['bridge', 'private', 'vepa', 'passthrough', 'hostdev']) readonly mode!: 'bridge' | 'private' | 'vepa' | 'passthrough' | 'hostdev';
  /** Whether each takes a device to itself. */
  @IsBoolean() readonly exclusive!: boolean;
  @IsInt() @Min(1) readonly count!: number;
  @IsOptional() @IsString() readonly pf?: string;
  @IsOptional() @IsArray() @IsString({ each: true }) readonly links?: string[];
  @IsOptional() @IsArray() @IsString({ each: true }) readonly addresses?: string[];
}

/** Storage that a disk names: a volume of a pool, or a file, which may be one. */
export class DiskDemand {
  @IsOptional() @IsString() readonly pool?: string;
  @IsOptional() @IsString() readonly volume?: string;
  @IsOptional() @IsString() readonly file?: string;
}

/** A volume that a disk is, and the hosts that have it. */
export class DiskSite {
  @IsString() readonly pool!: string;
  @IsString() readonly volume!: string;
  @IsArray() @IsString({ each: true }) readonly hostIds!: string[];
}

/** What a domain asks of the host that holds it: all that placement looks at. */
export class Demand {
  @IsIn(['kvm', 'qemu']) readonly type!: 'kvm' | 'qemu';
  @IsString() readonly arch!: string;
  /** Guest memory at its maximum. MiB, rounded up. */
  @IsInt() @Min(1) readonly memoryMiB!: number;
  @IsInt() @Min(1) readonly vcpus!: number;
  /** The binary of `<emulator>`, when the definition names one. */
  @IsOptional() @IsString() readonly emulator?: string;
  /** Networks that interfaces name, one for each interface. */
  @IsOptional() @IsArray() @ArrayMaxSize(256) @IsString({ each: true }) readonly networks?: string[];
  /** Links and PCI functions of a host that interfaces name themselves. A host that has them is preferred. */
  @IsOptional() @IsArray() @ArrayMaxSize(256) @IsString({ each: true }) readonly devices?: string[];
  /** Volumes and files that disks name. A volume is where its pool has it. */
  @IsOptional() @IsArray() @ArrayMaxSize(256) @ValidateNested({ each: true }) @Type(() => DiskDemand) readonly disks?: DiskDemand[];
  /** What `disks` came to when the domain was placed: those that are volumes. In claims only. */
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => DiskSite) readonly sites?: DiskSite[];
  /** What `networks` came to when the domain was placed: those that lend devices. In claims only. */
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => PoolDemand) readonly pools?: PoolDemand[];
}
