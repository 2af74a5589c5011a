import { Type } from 'class-transformer';
import { IsArray, IsInt, IsOptional, IsString, Min, ValidateNested } from 'class-validator';
import { IsLinkName, IsPciAddress } from '../validators.js';

/** A virtual function of an SR-IOV card: a network card of its own that one guest can have. */
export class VirtualFunction {
  @IsPciAddress() readonly address!: string;
  /** How its physical function counts it. */
  @IsInt() @Min(0) readonly number!: number;
  /** Its link, while a network driver of the host has it. */
  @IsOptional() @IsLinkName() readonly dev?: string;
}

export class PhysicalFunction {
  @IsLinkName() readonly dev!: string;
  @IsPciAddress() readonly address!: string;
  @IsArray() @ValidateNested({ each: true }) @Type(() => VirtualFunction) readonly functions!: VirtualFunction[];
}

/** What interfaces of guests can be connected to without a bridge. */
export class HostDevices {
  /** Links that a macvtap can be put on. */
  @IsArray() @IsString({ each: true }) readonly links!: string[];
  @IsArray() @ValidateNested({ each: true }) @Type(() => PhysicalFunction) readonly physicalFunctions!: PhysicalFunction[];
}

/** The devices that a network lends to its interfaces, as its definition names them. */
export interface DevicePool {
  readonly mode: 'bridge' | 'private' | 'vepa' | 'passthrough' | 'hostdev';
  /** A physical function whose virtual functions they are. */
  readonly pf?: string | undefined;
  /** Links, by name. */
  readonly links?: readonly string[] | undefined;
  /** PCI addresses, `0000:03:07.1`. */
  readonly addresses?: readonly string[] | undefined;
}

export interface PoolDevice {
  /** What it has one owner by: a link that is a virtual function's counts as the function. */
  readonly key: string;
  readonly dev?: string;
  readonly address?: string;
}

/** Which devices of a pool a host has, in the pool's order. netd lends by it, and the scheduler counts by it. */
export function devicesOfPool(pool: DevicePool, host: HostDevices | undefined): readonly PoolDevice[] {
  if (!host) return [];
  const all = host.physicalFunctions.flatMap(({ functions }) => functions);
  const own = host.physicalFunctions.find(({ dev }) => dev === pool.pf)?.functions ?? [];
  if (pool.mode === 'hostdev') {
    const listed = (pool.addresses ?? []).filter((address) => all.some((one) => one.address === address));
    return (pool.pf === undefined ? listed : own.map(({ address }) => address)).map((address) => ({ key: address, address }));
  }
  const links = (pool.links ?? []).filter((name) => host.links.includes(name));
  const lent = pool.pf === undefined ? links : own.flatMap(({ dev }) => dev ?? []);
  return lent.map((dev) => ({ key: all.find((one) => one.dev === dev)?.address ?? dev, dev }));
}
