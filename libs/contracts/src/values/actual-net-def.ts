import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsIn, IsInt, IsObject, IsOptional, IsString, Max, Min, ValidateNested } from 'class-validator';
import { Nested } from '../nested.js';
import { IsLinkName, IsMacAddress, IsLibvirtUuid } from '../validators.js';

export class VlanTag {
  @IsInt() @Min(0) @Max(4095) readonly id!: number;
  @IsOptional() @IsIn(['tagged', 'untagged']) readonly nativeMode?: 'tagged' | 'untagged';
}

export class Vlan {
  @IsBoolean() readonly trunk!: boolean;
  @IsArray() @ValidateNested({ each: true }) @Type(() => VlanTag) readonly tags!: VlanTag[];
}

/** One direction of traffic shaping. average, peak and floor in kilobytes a second, burst in kilobytes. */
export class Rate {
  @IsOptional() @IsInt() @Min(0) readonly average?: number;
  @IsOptional() @IsInt() @Min(0) readonly peak?: number;
  @IsOptional() @IsInt() @Min(0) readonly burst?: number;
  @IsOptional() @IsInt() @Min(0) readonly floor?: number;
}

/** "inbound" is toward the guest. */
export class Bandwidth {
  @IsOptional() @Nested(() => Rate) readonly inbound?: Rate;
  @IsOptional() @Nested(() => Rate) readonly outbound?: Rate;
}

/** Parameters keep libvirt's attribute names. */
export class VirtualPort {
  @IsOptional() @IsString() readonly type?: string;
  @IsOptional() @IsObject() readonly parameters?: Record<string, string>;
}

/**
 * The interface as it is really plugged: the answer to "how does this interface reach its network". `network` is a bridge
 * that virtbus made, `bridge` one that the host had, `direct` a macvtap, `hostdev` an assigned PCI function.
 */
export class ActualNetDef {
  @IsIn(['network', 'bridge', 'direct', 'hostdev']) readonly type!: 'network' | 'bridge' | 'direct' | 'hostdev';
  @IsOptional() @IsLinkName() readonly bridge?: string;
  /** Who keeps the bridge's forwarding table. Absent as in the network's XML: the kernel. */
  @IsOptional() @IsIn(['kernel', 'libvirt']) readonly macTableManager?: 'kernel' | 'libvirt';
  @IsOptional() @IsLinkName() readonly dev?: string;
  @IsOptional() @IsIn(['vepa', 'private', 'bridge', 'passthrough']) readonly mode?: 'vepa' | 'private' | 'bridge' | 'passthrough';
  /** PCI address of the assigned function, `0000:03:07.1`. */
  @IsOptional() @IsString() readonly pciAddress?: string;
  @IsOptional() @IsBoolean() readonly managed?: boolean;
  /** By what it is assigned; the host chooses when it is absent. */
  @IsOptional() @IsIn(['kvm', 'vfio', 'xen']) readonly driver?: 'kvm' | 'vfio' | 'xen';
  @IsOptional() @Nested(() => Vlan) readonly vlan?: Vlan;
  @IsOptional() @Nested(() => VirtualPort) readonly virtualPort?: VirtualPort;
  @IsOptional() @Nested(() => Bandwidth) readonly bandwidth?: Bandwidth;
  /** The class of its floor on the network's bridge; the same on every host. */
  @IsOptional() @IsInt() @Min(3) readonly classId?: number;
  @IsBoolean() readonly isolated!: boolean;
  /** The effective value: interface, else port group, else network, else no. */
  @IsBoolean() readonly trustGuestRxFilters!: boolean;
  @IsOptional() @IsInt() @Min(1) readonly mtu?: number;
}

/** What an interface asks of its network. */
export class PortRequest {
  @IsMacAddress() readonly mac!: string;
  @IsString() readonly network!: string;
  @IsOptional() @IsString() readonly portGroup?: string;
  @IsOptional() @Nested(() => Vlan) readonly vlan?: Vlan;
  @IsOptional() @Nested(() => VirtualPort) readonly virtualPort?: VirtualPort;
  @IsOptional() @Nested(() => Bandwidth) readonly bandwidth?: Bandwidth;
  @IsOptional() @IsBoolean() readonly isolated?: boolean;
  @IsOptional() @IsBoolean() readonly trustGuestRxFilters?: boolean;
  /** A port that the domain holds already is resolved anew, under another id: its interface has changed. */
  @IsOptional() @IsBoolean() readonly anew?: boolean;
}

/** An address that the network gives to an interface. */
export class PortAddress {
  @IsIn(['ipv4', 'ipv6']) readonly family!: 'ipv4' | 'ipv6';
  @IsString() readonly address!: string;
}

/** A network port: the allocation that one interface holds. */
export class Port {
  @IsLibvirtUuid() readonly id!: string;
  @IsString() readonly network!: string;
  @IsLibvirtUuid() readonly networkUuid!: string;
  /** The one that was asked for, whether or not there is one of that name. */
  @IsOptional() @IsString() readonly portGroup?: string;
  @IsMacAddress() readonly mac!: string;
  @Nested(() => ActualNetDef) readonly actual!: ActualNetDef;
  /** Absent on a network without DHCP. */
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => PortAddress) readonly addresses?: PortAddress[];
}
