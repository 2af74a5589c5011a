import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsIn, IsObject, IsOptional, ValidateNested } from 'class-validator';
import { IsLibvirtUuid } from '../validators.js';
import { applyRule } from '../rule.js';

/** libvirt's groups of `virConnectGetAllDomainStats`, by virsh's option names. */
export const statsGroups = ['state', 'cpu-total', 'balloon', 'vcpu', 'interface', 'block'] as const;
export type StatsGroup = (typeof statsGroups)[number];

const isStat = (value: unknown): boolean => typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean';

const IsStats = applyRule(
  'isStats',
  (value) => typeof value === 'object' && value !== null && Object.values(value).every(isStat),
  'must map names to numbers, texts or truths',
);

/** Numbers by libvirt's own names: `cpu.time`, `net.0.rx.bytes`, `block.0.capacity`. Times are nanoseconds, memory is KiB. */
export class DomainStats {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsObject() @IsStats() readonly stats!: Record<string, number | string | boolean>;
  /** The guest's QEMU did not answer in time: what it alone knows is missing. */
  @IsOptional() @IsBoolean() readonly partial?: boolean;
}

export class DomainStatsList {
  @IsArray() @ValidateNested({ each: true }) @Type(() => DomainStats) readonly records!: DomainStats[];
}

export class StatsGroups {
  /** All of them when absent. */
  @IsOptional() @IsArray() @IsIn(statsGroups, { each: true }) readonly groups?: StatsGroup[];
}
