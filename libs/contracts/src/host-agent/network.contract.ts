import { Type } from 'class-transformer';
import { IsArray, IsInt, Min, ValidateNested } from 'class-validator';
import { command, request } from '../contract.js';
import { hostId, mac, networkUuid } from '../examples.js';
import { Lease } from '../api/reads.contract.js';
import { Done } from '../values/common.js';
import { IsLibvirtUuid } from '../validators.js';

export class StopHostNetwork {
  @IsLibvirtUuid() readonly uuid!: string;
  /** The activation that has ended; a newer one stays. */
  @IsInt() @Min(1) readonly activation!: number;
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
