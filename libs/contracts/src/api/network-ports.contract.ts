import { IsBoolean, IsOptional } from 'class-validator';
import { command } from '../contract.js';
import { hostId, mac, networkUuid, portId, uuid } from '../examples.js';
import { Bandwidth } from '../values/actual-net-def.js';
import { NetworkRef } from '../values/common.js';
import { Nested } from '../nested.js';
import { IsHostId, IsLibvirtUuid, IsMacAddress, IsProjectName, IsXmlText } from '../validators.js';

export class CreateNetworkPort extends NetworkRef {
  /** libvirt's `<networkport>`. */
  @IsXmlText() readonly xml!: string;
  /** The XML says what the port is plugged into already, and that must be what the network would grant. */
  @IsOptional() @IsBoolean() readonly reclaim?: boolean;
  /** The project that the port falls to; left out, its owner's, or its network's. */
  @IsOptional() @IsProjectName() readonly project?: string;
}

export class NetworkPortRef extends NetworkRef {
  @IsLibvirtUuid() readonly port!: string;
}

export class TuneNetworkPort extends NetworkPortRef {
  /** Replaces what there is; absent: no limits any more. */
  @IsOptional() @Nested(() => Bandwidth) readonly bandwidth?: Bandwidth;
}

/** A port, by its own UUID and by what tells it from every other. */
export class NetworkPortId {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsLibvirtUuid() readonly networkUuid!: string;
  @IsMacAddress() readonly mac!: string;
  @IsHostId() readonly hostId!: string;
}

const errors = ['payload_invalid', 'deadline_passed', 'no_network', 'operation_invalid', 'service_unreachable', 'internal'] as const;
const example = { network: 'lab', port: portId };
const replyExample = { uuid: portId, networkUuid, mac, hostId };
const common = { owner: 'api', reply: NetworkPortId, replyExample } as const;

export const createNetworkPort = command({
  ...common,
  subject: 'virtbus.v1.cmd.port.create',
  summary: 'Make a port of an active network that no interface of a domain has, and have the network on its host.',
  payload: CreateNetworkPort,
  errors: [
    ...errors,
    ...(['payload_too_large', 'xml_error', 'xml_detail', 'invalid_argument', 'config_unsupported', 'no_domain', 'no_host'] as const),
    ...(['network_port_exists', 'mac_in_use', 'pool_exhausted', 'operation_unsupported', 'operation_failed'] as const),
    ...(['host_unreachable', 'network_in_use', 'system_error'] as const),
  ],
  example: {
    network: 'lab',
    xml: `<networkport><uuid>${portId}</uuid><owner><name>demo</name><uuid>${uuid}</uuid></owner><mac address='${mac}'/></networkport>`,
  },
});

export const deleteNetworkPort = command({
  ...common,
  subject: 'virtbus.v1.cmd.port.delete',
  summary: 'Give back a port that was made by hand. The port of an interface goes with the interface.',
  payload: NetworkPortRef,
  errors: [...errors, 'no_network_port'],
  example,
});

export const tuneNetworkPort = command({
  ...common,
  subject: 'virtbus.v1.cmd.port.tune',
  summary: 'Change the bandwidth of a port that was made by hand. The port of an interface is changed by tuning the interface.',
  payload: TuneNetworkPort,
  errors: [...errors, 'no_network_port', 'operation_unsupported', 'stale_epoch'],
  example: { ...example, bandwidth: { inbound: { average: 1000 } } },
});
