import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsIn, IsInt, IsOptional, IsString, Max, Min, ValidateNested } from 'class-validator';
import { request } from '../contract.js';
import { hostId, mac, networkUuid, portId, uuid } from '../examples.js';
import { DomainRef, NetworkRef, Xml } from '../values/common.js';
import { CardFilter, cardFilterExample, filterErrors } from '../host-agent/rx-filter.contract.js';
import { IsHostId, IsLibvirtUuid, IsMacAddress } from '../validators.js';

/** A network port as lists show it: `domain` is its owner, also of one that was made by hand. */
export class PortSummary {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsMacAddress() readonly mac!: string;
  @IsLibvirtUuid() readonly domain!: string;
  @IsString() readonly domainName!: string;
  @IsHostId() readonly hostId!: string;
  /** No interface has it. */
  @IsOptional() @IsBoolean() readonly byHand?: boolean;
}

export class PortList {
  @IsArray() @ValidateNested({ each: true }) @Type(() => PortSummary) readonly ports!: PortSummary[];
}

export class PortXmlQuestion extends NetworkRef {
  @IsLibvirtUuid() readonly port!: string;
}

export const addressSources = ['lease', 'agent', 'arp'] as const;
export type AddressSource = (typeof addressSources)[number];

/** Where a guest's addresses are looked for. */
export class DomainAddressQuestion extends DomainRef {
  /** `lease`: what the network's DHCP has lent. `agent`: what the guest says. `arp`: what the host has seen. Absent: `lease`. */
  @IsOptional() @IsIn(addressSources) readonly source?: AddressSource;
}

export class DomainCardQuestion extends DomainRef {
  /** MAC address as defined, the link's name on the host, or the alias. */
  @IsString() readonly interface!: string;
}

export class GuestAddress {
  @IsIn(['ipv4', 'ipv6']) readonly family!: 'ipv4' | 'ipv6';
  @IsString() readonly address!: string;
  @IsInt() @Min(0) @Max(128) readonly prefix!: number;
}

/** An interface and its addresses: by the tap's name, or by the guest's own where the guest is asked. */
export class AddressedInterface {
  @IsString() readonly name!: string;
  @IsOptional() @IsString() readonly mac?: string;
  @IsArray() @ValidateNested({ each: true }) @Type(() => GuestAddress) readonly addresses!: GuestAddress[];
}

export class DomainAddresses {
  @IsArray() @ValidateNested({ each: true }) @Type(() => AddressedInterface) readonly interfaces!: AddressedInterface[];
}

const readErrors = ['payload_invalid', 'internal'] as const;
const port = { uuid: portId, mac, domain: uuid, domainName: 'demo', hostId };

export const listNetworkPorts = request({
  subject: 'virtbus.v1.req.network.ports',
  summary: 'The ports of an active network: who is connected to it, and on which host.',
  owner: 'api',
  payload: NetworkRef,
  reply: PortList,
  errors: [...readErrors, 'no_network', 'operation_invalid'],
  example: { network: 'lab' },
  replyExample: { ports: [port] },
});

export const getNetworkPortXml = request({
  subject: 'virtbus.v1.req.network.portxml',
  summary: "The XML of a network port, as libvirt's networkport document.",
  owner: 'api',
  payload: PortXmlQuestion,
  reply: Xml,
  errors: [...readErrors, 'no_network', 'no_network_port', 'operation_invalid'],
  example: { network: networkUuid, port: portId },
  replyExample: { xml: `<networkport>\n  <uuid>${portId}</uuid>\n</networkport>\n` },
});

export const getDomainAddresses = request({
  subject: 'virtbus.v1.req.domain.addresses',
  summary: 'The addresses of a running guest: lent by DHCP, seen by the host, or as the guest itself says.',
  owner: 'api',
  payload: DomainAddressQuestion,
  reply: DomainAddresses,
  errors: [
    ...readErrors,
    'no_domain',
    'operation_invalid',
    'operation_unsupported',
    'operation_failed',
    'invalid_argument',
    'agent_unresponsive',
    'host_unreachable',
    'system_error',
  ],
  example: { domain: 'demo', source: 'lease' },
  replyExample: { interfaces: [{ name: 'vnet0', mac, addresses: [{ family: 'ipv4', address: '10.7.0.12', prefix: 24 }] }] },
});

export const getCardFilter = request({
  subject: 'virtbus.v1.req.domain.rxfilter',
  summary: "What a running guest's network card lets through: its MAC address, multicast groups, VLANs and modes.",
  owner: 'api',
  payload: DomainCardQuestion,
  reply: CardFilter,
  errors: [...filterErrors, 'no_domain', 'host_unreachable'],
  example: { domain: 'demo', interface: mac },
  replyExample: { ...cardFilterExample },
});
