import { IsIn, IsOptional, IsString } from 'class-validator';
import { Nested } from '../nested.js';
import { request } from '../contract.js';
import { commandId, hostId, mac, networkUuid, portId, uuid } from '../examples.js';
import { Port, PortRequest } from '../values/actual-net-def.js';
import { PortByHand } from '../values/port-owner.js';
import { IsHostId, IsLibvirtUuid, IsLinkName, IsPciAddress } from '../validators.js';
import { allocatePorts } from './ports.contract.js';

/** What a port is known to be plugged into already. */
export class PortPlug {
  @IsIn(['network', 'bridge', 'direct', 'hostdev']) readonly type!: 'network' | 'bridge' | 'direct' | 'hostdev';
  @IsOptional() @IsLinkName() readonly bridge?: string;
  @IsOptional() @IsLinkName() readonly dev?: string;
  @IsOptional() @IsPciAddress() readonly pciAddress?: string;
}

export class CreatePort {
  /** The port's own UUID. */
  @IsLibvirtUuid() readonly id!: string;
  @IsLibvirtUuid() readonly networkUuid!: string;
  @IsHostId() readonly hostId!: string;
  /** The name of the owner when it is a domain of the fleet: the network resolves it, and gives it what it keeps for hosts of that name. */
  @IsOptional() @IsString() readonly domainName?: string;
  @Nested(() => PortByHand) readonly byHand!: PortByHand;
  @Nested(() => PortRequest) readonly wish!: PortRequest;
  /** What the network would grant must be this. */
  @IsOptional() @Nested(() => PortPlug) readonly plug?: PortPlug;
}

export class PortOnHost extends Port {
  @IsHostId() readonly hostId!: string;
}

export const createPort = request({
  subject: 'virtbus.v1.req.port.create',
  summary: 'Make a port that no interface of a domain has. The same command asking again is given the same port.',
  owner: 'netd',
  payload: CreatePort,
  reply: PortOnHost,
  errors: [...allocatePorts.errors, 'network_port_exists', 'operation_failed'],
  example: {
    id: portId,
    networkUuid,
    hostId,
    byHand: { owner: { name: 'demo', uuid }, commandId },
    wish: { mac, network: 'lab' },
  },
  replyExample: {
    id: portId,
    network: 'lab',
    networkUuid,
    mac,
    hostId,
    actual: { type: 'network', bridge: 'virbr0', isolated: false, trustGuestRxFilters: false },
  },
});
