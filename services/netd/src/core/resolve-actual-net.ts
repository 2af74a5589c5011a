/**
 * From what an interface asks of its network to how it is really plugged. Who wins where several may speak is libvirt's:
 * bandwidth: interface, port group; VLAN: interface, port group, network; trust: interface, port group, network.
 */
import { defined, type ActualNetDef, type ErrorCode, type PortRequest, type VirtualPort, type Vlan } from '@virtbus/contracts';
import { devicePoolOf, type NetworkDef, type NetworkDevicePool } from '@virtbus/libvirt-xml';
import { bandwidthOf } from './bandwidth.js';
import { forwardMode } from './dnsmasq.js';
import { mergeVirtualPorts } from './merge-virtual-ports.js';

type PortGroup = NetworkDef['portgroup'][number];

export interface Refused {
  readonly type: 'refused';
  readonly code: ErrorCode;
  readonly message: string;
}

/** A device of the host that the connection still lacks. */
export interface Lacking {
  readonly pool: NetworkDevicePool;
  /** One interface at a time. */
  readonly exclusive: boolean;
}

export type Resolution = { readonly type: 'resolved'; readonly actual: ActualNetDef; readonly lacks?: Lacking } | Refused;

const refused = (code: ErrorCode, message: string): Refused => ({ type: 'refused', code, message });
const unsupported = (message: string): Refused => refused('config_unsupported', `unsupported configuration: ${message}`);

/** A group that the network does not have is no group, as libvirt has it; the default group serves those that name none. */
function portGroupOf(request: PortRequest, network: NetworkDef): Partial<PortGroup> {
  const named = (group: PortGroup) => (request.portGroup === undefined ? group.default === true : group.name === request.portGroup);
  return network.portgroup.find(named) ?? {};
}

export function resolveActualNet(request: PortRequest, network: NetworkDef): Resolution {
  const group = portGroupOf(request, network);
  const virtualPort = mergeVirtualPorts([request.virtualPort, network.virtualport, group.virtualport]);
  if (virtualPort === 'mismatch') return refused('xml_error', 'XML error: attempt to merge virtualports with mismatched parameters');
  const pool = devicePoolOf(network);
  const obstacle = (pool ? poolObstacle : obstacleOf)(network, virtualPort);
  if (obstacle !== undefined) return unsupported(obstacle);
  const actual: ActualNetDef = {
    ...(pool ? lentBy(network, pool) : plugOf(network)),
    ...defined({
      vlan: request.vlan ?? vlanOf(group.vlan ?? network.vlan),
      virtualPort,
      bandwidth: request.bandwidth ?? bandwidthOf(group.bandwidth),
    }),
    isolated: firstOf(request.isolated, network.port?.isolated),
    trustGuestRxFilters: firstOf(request.trustGuestRxFilters, group.trustGuestRxFilters, network.trustGuestRxFilters),
  };
  const fault = faultOf(actual);
  if (fault !== undefined) return unsupported(`interface ${request.mac} - ${fault}`);
  const lacks = lackingOf(pool, virtualPort);
  return { type: 'resolved', actual, ...defined({ lacks }) };
}

const lackingOf = (pool: NetworkDevicePool | undefined, virtualPort: VirtualPort | undefined): Lacking | undefined =>
  pool && { pool, exclusive: isExclusive(pool, virtualPort) };

/** libvirt's rule. A switch that 802.1Qbh configures knows one guest behind a private macvtap. */
const isExclusive = ({ mode }: NetworkDevicePool, virtualPort: VirtualPort | undefined): boolean =>
  mode === 'passthrough' || mode === 'hostdev' || (mode === 'private' && virtualPort?.type === '802.1Qbh');

function poolObstacle({ name, forward }: NetworkDef, virtualPort: VirtualPort | undefined): string | undefined {
  const { type } = virtualPort ?? {};
  if (type === undefined || type === '802.1Qbg' || type === '802.1Qbh') return undefined;
  const how = forward?.mode === 'hostdev' ? 'an SR-IOV Virtual Function via PCI passthrough' : 'a macvtap device';
  return `<virtualport type='${type}'> not supported for network '${name}' which uses ${how}`;
}

function lentBy({ forward }: NetworkDef, { mode }: NetworkDevicePool): Pick<ActualNetDef, 'type' | 'mode' | 'managed' | 'driver'> {
  if (mode !== 'hostdev') return { type: 'direct', mode };
  return { type: 'hostdev', managed: forward?.managed ?? false, ...defined({ driver: forward?.driver?.name }) };
}

/** Whoever speaks first; no when nobody does. */
const firstOf = (...said: readonly (boolean | undefined)[]): boolean => said.find((each) => each !== undefined) ?? false;

/** Why no interface can be connected to the network, in words. */
function obstacleOf(network: NetworkDef, virtualPort: VirtualPort | undefined): string | undefined {
  const mode = forwardMode(network);
  const { name: bridge, zone } = network.bridge ?? {};
  if (bridge === undefined) return `network '${network.name}' with forward mode='${mode}' has no bridge (/network/bridge)`;
  if (zone !== undefined) return `network '${network.name}' wants a firewalld zone (/network/bridge/@zone)`;
  if (virtualPort?.type === undefined) return undefined;
  const how = mode === 'bridge' ? 'a bridge device' : 'IP forwarding';
  return `<virtualport type='${virtualPort.type}'> not supported for network '${network.name}' which uses ${how}`;
}

function plugOf(network: NetworkDef): Pick<ActualNetDef, 'type' | 'bridge' | 'macTableManager'> {
  const { name: bridge, macTableManager } = network.bridge ?? {};
  return { type: forwardMode(network) === 'bridge' ? 'bridge' : 'network', ...defined({ bridge, macTableManager }) };
}

/** What only shows once the connection is known (libvirt validates a second time after it has allocated). */
function faultOf({ type, mode, vlan, virtualPort, bandwidth, isolated }: ActualNetDef): string | undefined {
  if (vlan && !takesTags(type, mode, virtualPort)) return 'vlan tag not supported for this connection type';
  if (bandwidth && type === 'hostdev') return 'bandwidth settings are not supported for hostdev interfaces';
  if (isolated && type !== 'network' && type !== 'bridge')
    return `<port isolated='yes'/> is not supported for interfaces of type '${type}'`;
  return undefined;
}

const takesTags = (type: ActualNetDef['type'], mode: ActualNetDef['mode'], virtualPort: VirtualPort | undefined): boolean =>
  type === 'hostdev' || (type === 'direct' && mode === 'passthrough') || virtualPort?.type === 'openvswitch';

const vlanOf = (vlan: NetworkDef['vlan']): Vlan | undefined =>
  vlan && { trunk: vlan.trunk ?? false, tags: vlan.tag.map(({ id, nativeMode }) => ({ id, ...defined({ nativeMode }) })) };
