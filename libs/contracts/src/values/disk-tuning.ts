import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { Nested } from '../nested.js';

/** What QEMU's counters hold. */
const MAX_LIMIT = 1_000_000_000_000_000;

/**
 * What a disk may carry, as the elements of libvirt's `<iotune>`: bytes or operations a second in all, read or written, more of them in
 * a burst of so many seconds, and how many bytes count as one operation. 0 is no limit.
 */
export class DiskLimits {
  @IsOptional() @IsInt() @Min(0) @Max(MAX_LIMIT) readonly totalBytesSec?: number;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_LIMIT) readonly readBytesSec?: number;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_LIMIT) readonly writeBytesSec?: number;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_LIMIT) readonly totalIopsSec?: number;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_LIMIT) readonly readIopsSec?: number;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_LIMIT) readonly writeIopsSec?: number;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_LIMIT) readonly totalBytesSecMax?: number;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_LIMIT) readonly readBytesSecMax?: number;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_LIMIT) readonly writeBytesSecMax?: number;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_LIMIT) readonly totalIopsSecMax?: number;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_LIMIT) readonly readIopsSecMax?: number;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_LIMIT) readonly writeIopsSecMax?: number;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_LIMIT) readonly sizeIopsSec?: number;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_LIMIT) readonly totalBytesSecMaxLength?: number;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_LIMIT) readonly readBytesSecMaxLength?: number;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_LIMIT) readonly writeBytesSecMaxLength?: number;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_LIMIT) readonly totalIopsSecMaxLength?: number;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_LIMIT) readonly readIopsSecMaxLength?: number;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_LIMIT) readonly writeIopsSecMaxLength?: number;
  /** Disks of one name share what they may carry. */
  @IsOptional() @IsString() @MaxLength(256) readonly groupName?: string;
}

/** New limits of a disk. Those that are left out stay, but for the others of a kind that is said: in all, read and written belong together. */
export class DiskTuning {
  /** Its name in the guest, or the path of its image. */
  @IsString() @MaxLength(4096) readonly disk!: string;
  @Nested(() => DiskLimits) readonly limits!: DiskLimits;
}
