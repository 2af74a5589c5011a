import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsIn, IsInt, IsOptional, IsString, Max, Min, ValidateNested } from 'class-validator';
import { Nested } from '../nested.js';
import { IsLibvirtUuid, IsLinkName, IsMacAddress } from '../validators.js';
import { Bandwidth } from './actual-net-def.js';

export class BridgeAddress {
  @IsIn(['ipv4', 'ipv6']) readonly family!: 'ipv4' | 'ipv6';
  @IsString() readonly address!: string;
  @IsInt() @Min(0) @Max(128) readonly prefix!: number;
  @IsOptional() @IsBoolean() readonly dhcp?: boolean;
  @IsOptional() @IsBoolean() readonly tftp?: boolean;
}

export class BridgeRoute {
  @IsIn(['ipv4', 'ipv6']) readonly family!: 'ipv4' | 'ipv6';
  @IsString() readonly address!: string;
  @IsInt() @Min(0) @Max(128) readonly prefix!: number;
  @IsString() readonly gateway!: string;
  @IsOptional() @IsInt() @Min(1) readonly metric?: number;
}

export class AddressRange {
  @IsString() readonly start!: string;
  @IsString() readonly end!: string;
}

export class PortRange {
  @IsInt() @Min(1) @Max(65535) readonly start!: number;
  @IsInt() @Min(1) @Max(65535) readonly end!: number;
}

export class Forwarding {
  @IsIn(['none', 'nat', 'route', 'open', 'bridge']) readonly mode!: 'none' | 'nat' | 'route' | 'open' | 'bridge';
  /** Only traffic through this device is forwarded. */
  @IsOptional() @IsLinkName() readonly dev?: string;
  @IsOptional() @Nested(() => AddressRange) readonly natAddresses?: AddressRange;
  @IsOptional() @Nested(() => PortRange) readonly natPorts?: PortRange;
  @IsOptional() @IsBoolean() readonly natIpv6?: boolean;
  /** Guests may talk IPv6 among themselves although the network has no IPv6 address. */
  @IsOptional() @IsBoolean() readonly guestIpv6?: boolean;
}

/** The bridge to make; absent when the host already has it (`forward mode='bridge'`). */
export class BridgeSettings {
  @IsMacAddress() readonly mac!: string;
  @IsOptional() @IsInt() @Min(68) readonly mtu?: number;
  @IsBoolean() readonly stp!: boolean;
  @IsInt() @Min(0) readonly delaySeconds!: number;
  @IsArray() @ValidateNested({ each: true }) @Type(() => BridgeAddress) readonly addresses!: BridgeAddress[];
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => BridgeRoute) readonly routes?: BridgeRoute[];
}

/** dnsmasq's configuration without the paths, which the host adds. One option per string, as in its file. */
export class DnsmasqPlan {
  @IsArray() @IsString({ each: true }) readonly options!: string[];
  /** Lines of the DHCP hosts file; absent when there is no DHCP. */
  @IsOptional() @IsArray() @IsString({ each: true }) readonly hosts?: string[];
  /** Lines of the additional hosts file of DNS. */
  @IsArray() @IsString({ each: true }) readonly names!: string[];
}

/** How a network spans hosts: frames between them travel in VXLAN. */
export class Overlay {
  @IsInt() @Min(1) @Max(16_777_215) readonly vni!: number;
  /** UDP. */
  @IsInt() @Min(1) @Max(65535) readonly port!: number;
}

/** Everything that a host must know to have a network: netd decides, the host-agent applies. */
export class HostNetwork {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsString() readonly name!: string;
  /** How often the network had been started when this was decided. An order for an older activation is void. */
  @IsInt() @Min(1) readonly activation!: number;
  /** How often the definition of a network had been changed; of two decisions about one activation the higher one holds. */
  @IsOptional() @IsInt() @Min(0) readonly version?: number;
  @IsLinkName() readonly bridge!: string;
  @IsOptional() @IsIn(['kernel', 'libvirt']) readonly macTableManager?: 'kernel' | 'libvirt';
  @Nested(() => Forwarding) readonly forwarding!: Forwarding;
  @IsOptional() @Nested(() => BridgeSettings) readonly settings?: BridgeSettings;
  @IsOptional() @Nested(() => DnsmasqPlan) readonly dnsmasq?: DnsmasqPlan;
  @IsOptional() @Nested(() => Overlay) readonly overlay?: Overlay;
  /** Of all traffic on the bridge together; "inbound" is what the bridge sends to its guests. */
  @IsOptional() @Nested(() => Bandwidth) readonly bandwidth?: Bandwidth;
}
