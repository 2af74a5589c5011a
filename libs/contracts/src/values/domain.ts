import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsIn, IsInt, IsOptional, IsString, Min, ValidateNested } from 'class-validator';
import { Nested } from '../nested.js';
import { IsHostId, IsLibvirtUuid, IsLinkName, IsMacAddress, IsProjectName } from '../validators.js';
import { Port } from './actual-net-def.js';

export const domainStates = ['nostate', 'running', 'blocked', 'paused', 'shutdown', 'shutoff', 'crashed', 'pmsuspended'] as const;
export type DomainStateName = (typeof domainStates)[number];

/** An interface as it is plugged on its host. */
export class PluggedInterface {
  @IsString() readonly alias!: string;
  @IsMacAddress() readonly mac!: string;
  @IsString() readonly type!: string;
  @IsOptional() @IsString() readonly model?: string;
  /** The tap's name on the host. */
  @IsOptional() @IsLinkName() readonly target?: string;
  /** What virsh shows as the source: a network's, bridge's or device's name. */
  @IsOptional() @IsString() readonly source?: string;
  @IsOptional() @Nested(() => Port) readonly port?: Port;
}

/** What makes a running guest one that strange things may be expected of, in libvirt's names. */
export const domainTaints = ['custom-monitor', 'high-privileges'] as const;
export type DomainTaint = (typeof domainTaints)[number];
/** What libvirt says of each. */
export const domainTaintWords: Readonly<Record<DomainTaint, string>> = {
  'custom-monitor': 'tainted: custom monitor control commands issued',
  'high-privileges': 'tainted: running with undesirable elevated privileges',
};

/** A domain's runtime state on the host that holds it. */
export class DomainState {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsString() readonly name!: string;
  @IsHostId() readonly hostId!: string;
  @IsInt() @Min(1) readonly epoch!: number;
  @IsIn(domainStates) readonly state!: DomainStateName;
  /** libvirt's reason for the state: `booted`, `user`, `destroyed`, `failed` … */
  @IsString() readonly reason!: string;
  /** The number that virsh shows while the domain is active; unique in the fleet. */
  @IsOptional() @IsInt() @Min(1) readonly id?: number;
  @IsOptional() @IsInt() @Min(1) readonly pid?: number;
  /** When the state was entered. RFC 3339. */
  @IsString() readonly since!: string;
  /** The live definition: aliases, tap names and actual connections filled in. */
  @IsOptional() @IsString() readonly xml?: string;
  @IsArray() @ValidateNested({ each: true }) @Type(() => PluggedInterface) readonly interfaces!: PluggedInterface[];
  @IsOptional() @IsIn(domainTaints, { each: true }) readonly taints?: DomainTaint[];
  /** Why a start failed, in libvirt's words. */
  @IsOptional() @IsString() readonly error?: string;
}

/** A domain as readers see it: its definition's and its placement's facts side by side. */
export class DomainSummary {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsString() readonly name!: string;
  @IsIn(domainStates) readonly state!: DomainStateName;
  @IsString() readonly reason!: string;
  @IsOptional() @IsInt() readonly id?: number;
  @IsOptional() @IsHostId() readonly hostId?: string;
  @IsOptional() @IsInt() readonly pid?: number;
  @IsBoolean() readonly persistent!: boolean;
  @IsBoolean() readonly autostart!: boolean;
  @IsString() readonly type!: string;
  @IsString() readonly arch!: string;
  @IsInt() readonly vcpus!: number;
  @IsInt() readonly memoryKiB!: number;
  @IsInt() readonly maxMemoryKiB!: number;
  @IsOptional() @IsString() readonly title?: string;
  @IsOptional() @IsProjectName() readonly project?: string;
}
