import { Type } from 'class-transformer';
import { IsArray, IsIn, IsInt, Min, ValidateNested } from 'class-validator';
import { command, request } from '../contract.js';
import { hostId, mac, networkUuid, uuid } from '../examples.js';
import { addressSources, DomainAddresses, type AddressSource } from '../api/network-reads.contract.js';
import { Lease } from '../api/reads.contract.js';
import { Done } from '../values/common.js';
import { IsLibvirtUuid } from '../validators.js';

export class StopHostNetwork {
  @IsLibvirtUuid() readonly uuid!: string;
  /** The activation that has ended; a newer one stays. */
  @IsInt() @Min(1) readonly activation!: number;
}

export class HostNetworkQuestion {
  @IsLibvirtUuid() readonly uuid!: string;
}

export class HostLeaseQuestion {
  @IsLibvirtUuid() readonly uuid!: string;
}

export class HostLeases {
  @IsArray() @ValidateNested({ each: true }) @Type(() => Lease) readonly leases!: Lease[];
}

export const stopHostNetwork = command({
  subject: 'virtbus.v1.host.{hostId}.cmd.network.stop',
  summary: 'Remove the bridge, dnsmasq and firewall table of a network from this host.',
  owner: 'host-agent',
  payload: StopHostNetwork,
  reply: Done,
  errors: ['payload_invalid', 'deadline_passed', 'system_error', 'internal'],
  example: { uuid: networkUuid, activation: 1 },
  replyExample: {},
  // A host that was away for a day still has to let the network go.
  deadlineMs: 7 * 24 * 3_600_000,
});

export const ensureHostNetwork = request({
  subject: 'virtbus.v1.host.{hostId}.req.network.ensure',
  summary: 'Have an active network on this host: what a port there is plugged into. Asking again changes nothing.',
  owner: 'host-agent',
  payload: HostNetworkQuestion,
  reply: Done,
  errors: [
    ...(['payload_invalid', 'operation_invalid', 'operation_failed', 'network_in_use', 'config_unsupported'] as const),
    ...(['service_unreachable', 'system_error', 'internal'] as const),
  ],
  example: { uuid: networkUuid },
  replyExample: {},
});

export const readHostLeases = request({
  subject: 'virtbus.v1.host.{hostId}.req.network.leases',
  summary: 'The DHCP leases that dnsmasq on this host has given for a network.',
  owner: 'host-agent',
  payload: HostLeaseQuestion,
  reply: HostLeases,
  errors: ['payload_invalid', 'no_network', 'system_error', 'internal'],
  example: { uuid: networkUuid },
  replyExample: { leases: [{ hostId, expiry: 1_795_000_000, mac, protocol: 'ipv4', address: '10.7.0.12', prefix: 24 }] },
});

export class GuestAddressQuestion {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsIn(addressSources) readonly source!: AddressSource;
}

export const readGuestAddresses = request({
  subject: 'virtbus.v1.host.{hostId}.req.domain.addresses',
  summary: 'The addresses of a guest of this host: lent here, seen here, or as the guest says.',
  owner: 'host-agent',
  payload: GuestAddressQuestion,
  reply: DomainAddresses,
  errors: [
    'payload_invalid',
    'no_domain',
    'operation_invalid',
    'operation_unsupported',
    'operation_failed',
    'invalid_argument',
    'agent_unresponsive',
    'system_error',
    'internal',
  ],
  example: { uuid, source: 'arp' },
  replyExample: { interfaces: [{ name: 'vnet0', mac, addresses: [{ family: 'ipv4', address: '10.7.0.12', prefix: 0 }] }] },
});
