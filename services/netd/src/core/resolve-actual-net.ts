/**
 * From what an interface asks of its network to how it is really plugged. Who wins where several may speak is libvirt's:
 * bandwidth: interface, port group; VLAN: interface, port group, network; trust: interface, port group, network.
 */
import type { ActualNetDef, Bandwidth, ErrorCode, PortRequest, VirtualPort, Vlan } from '@virtbus/contracts';
import type { NetworkDef } from '@virtbus/libvirt-xml';
import { forwardMode } from './dnsmasq.js';

type PortGroup = NetworkDef['portgroup'][number];

export type Resolution =
  | { readonly type: 'resolved'; readonly actual: ActualNetDef; readonly portGroup?: string }
  | { readonly type: 'refused'; readonly code: ErrorCode; readonly message: string };

const refused = (code: ErrorCode, message: string): Resolution => ({ type: 'refused', code, message });
const unsupported = (message: string): Resolution => refused('config_unsupported', `unsupported configuration: ${message}`);

/** A group that the network does not have is no group, as libvirt has it; the default group serves those that name none. */
function portGroupOf(request: PortRequest, network: NetworkDef): PortGroup | undefined {
  if (request.portGroup !== undefined) return network.portgroup.find((group) => group.name === request.portGroup);
  return network.portgroup.find((group) => group.default);
}

export function resolveActualNet(request: PortRequest, network: NetworkDef): Resolution {
  const group = portGroupOf(request, network);
  const virtualPort = mergeVirtualPorts([request.virtualPort, network.virtualport, group?.virtualport]);
  if (virtualPort === 'mismatch') return refused('xml_error', 'XML error: attempt to merge virtualports with mismatched parameters');
  const plug = plugOf(network, virtualPort);
  if (plug.type === 'refused') return plug;
  const vlan = request.vlan ?? vlanOf(group?.vlan) ?? vlanOf(network.vlan);
  const bandwidth = request.bandwidth ?? bandwidthOf(group?.bandwidth);
  const actual: ActualNetDef = {
    ...plug.plug,
    ...(vlan ? { vlan } : {}),
    ...(virtualPort ? { virtualPort } : {}),
    ...(bandwidth ? { bandwidth } : {}),
    isolated: request.isolated ?? network.port?.isolated ?? false,
    trustGuestRxFilters: request.trustGuestRxFilters ?? group?.trustGuestRxFilters ?? network.trustGuestRxFilters ?? false,
  };
  const fault = faultOf(actual, request.mac);
  if (fault !== undefined) return unsupported(`interface ${request.mac} - ${fault}`);
  return { type: 'resolved', actual, ...(group ? { portGroup: group.name } : {}) };
}

type Plug = Pick<ActualNetDef, 'type' | 'bridge' | 'macTableManager'>;

function plugOf(
  network: NetworkDef,
  virtualPort: VirtualPort | undefined,
): { type: 'plugged'; plug: Plug } | (Resolution & { type: 'refused' }) {
  const mode = forwardMode(network);
  const refuse = (message: string) => unsupported(message) as Resolution & { type: 'refused' };
  const bridge = network.bridge?.name;
  if (bridge === undefined) {
    return refuse(`network '${network.name}' with forward mode='${mode}' and no bridge cannot be connected to yet (/network/forward)`);
  }
  if (network.bandwidth) return refuse(`<bandwidth> of network '${network.name}' is not applied by this version (/network/bandwidth)`);
  if (network.bridge?.zone !== undefined) return refuse(`network '${network.name}' wants a firewalld zone (/network/bridge/@zone)`);
  if (mode !== 'bridge' && virtualPort?.type !== undefined) {
    return refuse(`<virtualport type='${virtualPort.type}'> not supported for network '${network.name}' which uses IP forwarding`);
  }
  if (virtualPort?.type !== undefined) {
    return refuse(`<virtualport type='${virtualPort.type}'> not supported for network '${network.name}' which uses a bridge device`);
  }
  const manager = network.bridge?.macTableManager;
  return {
    type: 'plugged',
    plug: { type: mode === 'bridge' ? 'bridge' : 'network', bridge, ...(manager ? { macTableManager: manager } : {}) },
  };
}

/** What only shows once the connection is known (libvirt validates a second time after it has allocated). */
function faultOf(actual: ActualNetDef, _mac: string): string | undefined {
  if (actual.vlan && actual.virtualPort?.type !== 'openvswitch') return 'vlan tag not supported for this connection type';
  if (actual.isolated && actual.virtualPort?.type !== undefined) return 'isolated port is not supported with a virtualport';
  return undefined;
}

function mergeVirtualPorts(given: readonly (VirtualPort | NetworkDef['virtualport'] | undefined)[]): VirtualPort | undefined | 'mismatch' {
  let type: string | undefined;
  const parameters: Record<string, string> = {};
  for (const each of given) {
    if (!each) continue;
    if (type !== undefined && each.type !== undefined && each.type !== type) return 'mismatch';
    type ??= each.type;
    for (const [name, value] of Object.entries(each.parameters ?? {})) {
      if (name in parameters && parameters[name] !== String(value)) return 'mismatch';
      parameters[name] = String(value);
    }
  }
  if (type === undefined && Object.keys(parameters).length === 0) return undefined;
  return { ...(type === undefined ? {} : { type }), parameters };
}

const vlanOf = (vlan: NetworkDef['vlan'] | undefined): Vlan | undefined =>
  vlan && {
    trunk: vlan.trunk ?? false,
    tags: vlan.tag.map(({ id, nativeMode }) => ({ id, ...(nativeMode ? { nativeMode } : {}) })),
  };

const bandwidthOf = (bandwidth: NonNullable<PortGroup['bandwidth']> | undefined): Bandwidth | undefined =>
  bandwidth && {
    ...(bandwidth.inbound ? { inbound: { ...bandwidth.inbound } } : {}),
    ...(bandwidth.outbound ? { outbound: { ...bandwidth.outbound } } : {}),
  };
