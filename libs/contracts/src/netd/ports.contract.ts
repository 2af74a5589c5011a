import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsInt, IsOptional, IsString, Min, ValidateNested } from 'class-validator';
import { Nested } from '../nested.js';
import { bucket, request } from '../contract.js';
import { hostId, mac, networkUuid, portId, since, uuid } from '../examples.js';
import { Done } from '../values/common.js';
import { Bandwidth, Port, PortRequest } from '../values/actual-net-def.js';
import { HostNetwork } from '../values/host-network.js';
import { PortByHand, type PortOwner } from '../values/port-owner.js';
import { IsHostId, IsLibvirtUuid, IsMacAddress } from '../validators.js';

export class AllocatePorts {
  @IsLibvirtUuid() readonly domain!: string;
  @IsString() readonly domainName!: string;
  @IsHostId() readonly hostId!: string;
  @IsInt() @Min(1) readonly epoch!: number;
  @IsArray() @ArrayMaxSize(256) @ValidateNested({ each: true }) @Type(() => PortRequest) readonly ports!: PortRequest[];
}

/** `ports` answers the request's `ports` one by one; `networks` names each network among them once. */
export class AllocatedPorts {
  @IsArray() @ValidateNested({ each: true }) @Type(() => Port) readonly ports!: Port[];
  @IsArray() @ValidateNested({ each: true }) @Type(() => HostNetwork) readonly networks!: HostNetwork[];
}

/** What tells a port from every other: a MAC has one owner on a network. */
export class PortKey {
  @IsLibvirtUuid() readonly networkUuid!: string;
  @IsMacAddress() readonly mac!: string;
}

export class ReleasePorts {
  @IsLibvirtUuid() readonly domain!: string;
  /** Ports of this epoch and of older ones are released. */
  @IsInt() @Min(1) readonly epoch!: number;
  /** The ports that the host knows of; without it, all that the domain has. */
  @IsOptional() @IsArray() @ArrayMaxSize(256) @ValidateNested({ each: true }) @Type(() => PortKey) readonly ports?: PortKey[];
  /** Ports that the host knows of: every other one of the domain on this host is released. Used without `ports`. */
  @IsOptional() @IsArray() @ArrayMaxSize(256) @ValidateNested({ each: true }) @Type(() => PortKey) readonly except?: PortKey[];
}

/** libvirt changes nothing else of a port that is in use. */
export class ShapePort extends PortKey {
  @IsLibvirtUuid() readonly domain!: string;
  @IsInt() @Min(1) readonly epoch!: number;
  /** Absent: no limits any more. */
  @IsOptional() @Nested(() => Bandwidth) readonly bandwidth?: Bandwidth;
}

export class FollowGuestMac extends PortKey {
  @IsLibvirtUuid() readonly domain!: string;
  @IsInt() @Min(1) readonly epoch!: number;
  /** The port's own: the guest has gone back to it. */
  @IsMacAddress() readonly guestMac!: string;
}

/** A port and the placement of the domain that owns it; or one that was made by hand, which has neither. */
export class PortRecord extends Port {
  /** Who holds it. A port that was made by hand is held by a UUID of its own, which no domain has. */
  @IsLibvirtUuid() readonly domain!: string;
  /** By what name it goes on its network. Empty when its owner is no domain of the fleet. */
  @IsString() readonly domainName!: string;
  @IsHostId() readonly hostId!: string;
  @IsInt() @Min(1) readonly epoch!: number;
  /** The key in `virtbus_host_devices` of the device that the network has lent. */
  @IsOptional() @IsString() readonly device?: string;
  /** The MAC address that a trusted guest has given its card, when that is another: where it is reached. */
  @IsOptional() @IsMacAddress() readonly guestMac?: string;
  /** RFC 3339. */
  @IsString() readonly allocatedAt!: string;
  @IsOptional() @Nested(() => PortByHand) readonly byHand?: PortByHand;
}

/** Whom a port is for: who holds it, or whom the maker of one by hand has named. */
export const ownerOfPort = ({ byHand, domain, domainName }: Pick<PortRecord, 'byHand' | 'domain' | 'domainName'>): PortOwner =>
  byHand?.owner ?? { uuid: domain, name: domainName };

const port = {
  id: portId,
  network: 'lab',
  networkUuid,
  mac,
  actual: { type: 'network', bridge: 'virbr0', macTableManager: 'libvirt', isolated: false, trustGuestRxFilters: false },
} as const;

export class NetworkQuestion {
  @IsLibvirtUuid() readonly uuid!: string;
  /** Of the network as the host that asks has it; absent when it has none. */
  @IsOptional() @IsInt() @Min(0) readonly activation?: number;
}

export class NetworkPlan {
  /** Absent when the network is not active. */
  @IsOptional() @Nested(() => HostNetwork) readonly network?: HostNetwork;
}

const network = {
  uuid: networkUuid,
  name: 'lab',
  activation: 1,
  bridge: 'virbr0',
  macTableManager: 'libvirt',
  forwarding: { mode: 'none' },
  settings: {
    mac: '52:54:00:aa:bb:cc',
    stp: true,
    delaySeconds: 0,
    addresses: [{ family: 'ipv4', address: '10.7.0.1', prefix: 24, dhcp: true }],
  },
  dnsmasq: { options: ['strict-order', 'dhcp-range=10.7.0.2,10.7.0.254,255.255.255.0'], hosts: [], names: [] },
} as const;

export const allocatePorts = request({
  subject: 'virtbus.v1.req.port.allocate',
  summary: "Allocate a network port for each of a domain's interfaces: the ActualNetDef. Asking again gives the same ports.",
  owner: 'netd',
  payload: AllocatePorts,
  reply: AllocatedPorts,
  errors: [
    'payload_invalid',
    'no_network',
    'operation_invalid',
    'operation_unsupported',
    'mac_in_use',
    'pool_exhausted',
    'config_unsupported',
    'xml_error',
    'stale_epoch',
    'internal',
  ],
  example: { domain: uuid, domainName: 'demo', hostId, epoch: 3, ports: [{ mac, network: 'lab' }] },
  replyExample: {
    ports: [port],
    networks: [
      {
        ...network,
        dnsmasq: { ...network.dnsmasq, options: [...network.dnsmasq.options], hosts: [], names: [] },
        settings: { ...network.settings, addresses: [...network.settings.addresses] },
      },
    ],
  },
});

export const releasePorts = request({
  subject: 'virtbus.v1.req.port.release',
  summary: 'Give back the ports of a domain that has stopped. Releasing what is not held succeeds.',
  owner: 'netd',
  payload: ReleasePorts,
  reply: Done,
  errors: ['payload_invalid', 'internal'],
  example: { domain: uuid, epoch: 3 },
  replyExample: {},
});

export const shapePort = request({
  subject: 'virtbus.v1.req.port.shape',
  summary: 'Change the bandwidth of a port. A floor that its network cannot keep is refused, and the old bandwidth holds.',
  owner: 'netd',
  payload: ShapePort,
  reply: Port,
  errors: ['payload_invalid', 'no_network', 'no_network_port', 'operation_invalid', 'operation_unsupported', 'stale_epoch', 'internal'],
  example: { domain: uuid, epoch: 3, networkUuid, mac, bandwidth: { inbound: { average: 1000 } } },
  replyExample: port,
});

export const followGuestMac = request({
  subject: 'virtbus.v1.req.port.follow',
  summary: 'A trusted guest has changed its MAC address: every host of its network is to reach it there.',
  owner: 'netd',
  payload: FollowGuestMac,
  reply: Done,
  errors: ['payload_invalid', 'no_network_port', 'operation_invalid', 'mac_in_use', 'stale_epoch', 'internal'],
  example: { domain: uuid, epoch: 3, networkUuid, mac, guestMac: '52:54:00:6d:90:03' },
  replyExample: {},
});

export const getNetworkPlan = request({
  subject: 'virtbus.v1.req.network.plan',
  summary: 'What a host needs to have a network now: asked when a host-agent comes back.',
  owner: 'netd',
  payload: NetworkQuestion,
  reply: NetworkPlan,
  errors: ['payload_invalid', 'no_network', 'internal'],
  example: { uuid: networkUuid },
  replyExample: {},
});

export const portRecords = bucket({
  bucket: 'virtbus_ports',
  subject: '{networkUuid}.{mac}',
  summary: 'Network ports. The key holds network and MAC (hex digits), so that a MAC has one owner on a network.',
  owner: 'netd',
  payload: PortRecord,
  example: { ...port, domain: uuid, domainName: 'demo', hostId, epoch: 3, allocatedAt: since },
});
