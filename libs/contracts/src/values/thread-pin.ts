import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

/** Where one of a domain's threads runs. */
export class ThreadPin {
  /** Of which of its processors; of the emulator's own threads when absent. */
  @IsOptional() @IsInt() @Min(0) @Max(16_383) readonly vcpu?: number;
  /** Processors of the host, as in `0-3,8`. */
  @IsString() @MaxLength(4096) readonly cpuset!: string;
}
