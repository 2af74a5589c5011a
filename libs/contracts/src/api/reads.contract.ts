import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsIn, IsInt, IsOptional, IsString, Min, ValidateNested } from 'class-validator';
import { request } from '../contract.js';
import { domainXml, hostId, mac, networkUuid, networkXml, uuid } from '../examples.js';
import { DomainRef, NetworkRef, PageQuestion, Xml } from '../values/common.js';
import { DomainSummary, domainTaints, PluggedInterface, type DomainTaint } from '../values/domain.js';
import { IsHostId, IsLibvirtUuid, IsMacAddress, IsProjectName } from '../validators.js';

const readErrors = ['payload_invalid', 'internal'] as const;

export class DomainList {
  @IsArray() @ValidateNested({ each: true }) @Type(() => DomainSummary) readonly domains!: DomainSummary[];
  /** Where the next page begins; absent when this is the last. */
  @IsOptional() @IsString() readonly next?: string;
}

export class DomainDetail extends DomainSummary {
  @IsArray() @ValidateNested({ each: true }) @Type(() => PluggedInterface) readonly interfaces!: PluggedInterface[];
  /** Of what runs. */
  @IsOptional() @IsIn(domainTaints, { each: true }) readonly taints?: DomainTaint[];
}

export class DomainXmlQuestion extends DomainRef {
  /** The definition instead of what runs. */
  @IsOptional() @IsBoolean() readonly inactive?: boolean;
  /** Passwords are wanted, too: a gateway leaves them out unless this is said. The bus shows them to whoever may see them. */
  @IsOptional() @IsBoolean() readonly secure?: boolean;
}

/** The XML of what has a definition. */
export class DefinitionXml extends Xml {
  /** Which definition there is: whoever defines it anew may say that it must be this one. */
  @IsOptional() @IsInt() @Min(1) readonly revision?: number;
}

export class NetworkSummary {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsString() readonly name!: string;
  @IsBoolean() readonly active!: boolean;
  @IsBoolean() readonly autostart!: boolean;
  @IsBoolean() readonly persistent!: boolean;
  @IsOptional() @IsString() readonly bridge?: string;
  @IsOptional() @IsProjectName() readonly project?: string;
}

export class NetworkList {
  @IsArray() @ValidateNested({ each: true }) @Type(() => NetworkSummary) readonly networks!: NetworkSummary[];
  /** Where the next page begins; absent when this is the last. */
  @IsOptional() @IsString() readonly next?: string;
}

export class NetworkXmlQuestion extends NetworkRef {
  @IsOptional() @IsBoolean() readonly inactive?: boolean;
}

export class Lease {
  @IsHostId() readonly hostId!: string;
  /** When the lease ends, in seconds since 1970; 0 when it never does. */
  @IsInt() readonly expiry!: number;
  @IsMacAddress() readonly mac!: string;
  @IsIn(['ipv4', 'ipv6']) readonly protocol!: 'ipv4' | 'ipv6';
  @IsString() readonly address!: string;
  @IsInt() readonly prefix!: number;
  @IsOptional() @IsString() readonly hostname?: string;
  @IsOptional() @IsString() readonly clientId?: string;
}

export class LeaseList {
  @IsArray() @ValidateNested({ each: true }) @Type(() => Lease) readonly leases!: Lease[];
}

export class HostSummary {
  @IsHostId() readonly hostId!: string;
  @IsString() readonly hostname!: string;
  @IsString() readonly arch!: string;
  @IsBoolean() readonly alive!: boolean;
  @IsBoolean() readonly cordoned!: boolean;
  @IsBoolean() readonly kvm!: boolean;
  @IsInt() readonly cpus!: number;
  @IsOptional() @IsInt() readonly cpuMHz?: number;
  @IsInt() readonly vcpusClaimed!: number;
  @IsInt() readonly memoryMiB!: number;
  @IsInt() readonly memoryClaimedMiB!: number;
  @IsInt() readonly domains!: number;
}

export class HostList {
  @IsArray() @ValidateNested({ each: true }) @Type(() => HostSummary) readonly hosts!: HostSummary[];
  /** Where the next page begins; absent when this is the last. */
  @IsOptional() @IsString() readonly next?: string;
}

const summary = {
  uuid,
  name: 'demo',
  state: 'running',
  reason: 'booted',
  id: 1,
  hostId,
  pid: 4711,
  persistent: true,
  autostart: false,
  type: 'qemu',
  arch: 'x86_64',
  vcpus: 1,
  memoryKiB: 131072,
  maxMemoryKiB: 131072,
} as const;

export const listDomains = request({
  subject: 'virtbus.v1.req.domain.list',
  summary: 'Every domain of the fleet, with its state.',
  owner: 'api',
  payload: PageQuestion,
  reply: DomainList,
  errors: readErrors,
  example: {},
  replyExample: { domains: [summary] },
});

export const getDomain = request({
  subject: 'virtbus.v1.req.domain.get',
  summary: 'One domain, with its interfaces.',
  owner: 'api',
  payload: DomainRef,
  reply: DomainDetail,
  errors: [...readErrors, 'no_domain'],
  example: { domain: 'demo' },
  replyExample: { ...summary, interfaces: [{ alias: 'net0', mac, type: 'network', model: 'virtio', target: 'vnet0', source: 'lab' }] },
});

export const getDomainXml = request({
  subject: 'virtbus.v1.req.domain.xml',
  summary: 'The XML of a domain: as it runs, or as it is defined.',
  owner: 'api',
  payload: DomainXmlQuestion,
  reply: DefinitionXml,
  errors: [...readErrors, 'no_domain', 'operation_invalid'],
  example: { domain: 'demo', inactive: true },
  replyExample: { xml: domainXml, revision: 7 },
});

export const listNetworks = request({
  subject: 'virtbus.v1.req.network.list',
  summary: 'Every network of the fleet.',
  owner: 'api',
  payload: PageQuestion,
  reply: NetworkList,
  errors: readErrors,
  example: {},
  replyExample: {
    networks: [{ uuid: networkUuid, name: 'lab', active: true, autostart: false, persistent: true, bridge: 'virbr0' }],
  },
});

export const getNetworkXml = request({
  subject: 'virtbus.v1.req.network.xml',
  summary: 'The XML of a network: as it is active, or as it is defined.',
  owner: 'api',
  payload: NetworkXmlQuestion,
  reply: DefinitionXml,
  errors: [...readErrors, 'no_network', 'operation_invalid'],
  example: { network: 'lab' },
  replyExample: { xml: networkXml, revision: 7 },
});

export const listLeases = request({
  subject: 'virtbus.v1.req.network.leases',
  summary: 'The DHCP leases of a network, from every host that has it.',
  owner: 'api',
  payload: NetworkRef,
  reply: LeaseList,
  errors: [...readErrors, 'no_network', 'operation_invalid'],
  example: { network: 'lab' },
  replyExample: {
    leases: [{ hostId, expiry: 1_795_000_000, mac, protocol: 'ipv4', address: '10.7.0.12', prefix: 24, hostname: 'guest' }],
  },
});

export const listHosts = request({
  subject: 'virtbus.v1.req.host.list',
  summary: 'Every host of the fleet, with what it can hold and what is claimed of it.',
  owner: 'api',
  payload: PageQuestion,
  reply: HostList,
  errors: readErrors,
  example: {},
  replyExample: {
    hosts: [
      {
        hostId,
        hostname: 'a.example',
        arch: 'x86_64',
        alive: true,
        cordoned: false,
        kvm: false,
        cpus: 8,
        vcpusClaimed: 1,
        memoryMiB: 32000,
        memoryClaimedMiB: 128,
        domains: 1,
      },
    ],
  },
});
