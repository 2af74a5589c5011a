import { IsIn, IsInt, IsOptional, IsString, Min } from 'class-validator';

/** What a domain asks of the host that holds it: all that placement looks at. */
export class Demand {
  @IsIn(['kvm', 'qemu']) readonly type!: 'kvm' | 'qemu';
  @IsString() readonly arch!: string;
  /** Guest memory at its maximum. MiB, rounded up. */
  @IsInt() @Min(1) readonly memoryMiB!: number;
  @IsInt() @Min(1) readonly vcpus!: number;
  /** The binary of `<emulator>`, when the definition names one. */
  @IsOptional() @IsString() readonly emulator?: string;
}
