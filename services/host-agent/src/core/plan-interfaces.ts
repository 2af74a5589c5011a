/**
 * From a domain's interfaces to what this host does for each: which need a port of their network, which a tap, and what the live
 * definition then says. Interfaces are told apart by their alias, which every one has by the time a domain starts.
 */
import { defined, Refusal, type ActualNetDef, type Bandwidth, type Port, type PortRequest, type Vlan } from '@virtbus/contracts';
import type { NetDef } from '@virtbus/libvirt-xml';
import type { TapPlan } from './link-plan.js';

export type NetworkNetDef = NetDef & { readonly type: 'network' };
export type WithMac = NetDef & { readonly mac: { readonly address: string } };

export const isOnNetwork = (net: NetDef): net is NetworkNetDef => net.type === 'network';

/** @throws Refusal xml_error: a definition that is started has a MAC for every interface */
export function macOf(net: NetDef): string {
  if (!net.mac) throw new Refusal('xml_error', `XML error: interface type='${net.type}' has no MAC address`);
  return net.mac.address;
}

export function portRequestOf(net: NetworkNetDef): PortRequest {
  const { source, vlan, bandwidth, virtualport, port, trustGuestRxFilters } = net;
  return {
    mac: macOf(net),
    network: source.network,
    ...defined({
      portGroup: source.portgroup,
      vlan: vlan && vlanOf(vlan),
      bandwidth: bandwidth && bandwidthOf(bandwidth),
      virtualPort: virtualport && virtualPortOf(virtualport),
      isolated: port?.isolated,
      trustGuestRxFilters,
    }),
  };
}

const vlanOf = (vlan: NonNullable<NetDef['vlan']>): Vlan => ({
  trunk: vlan.trunk ?? false,
  tags: vlan.tag.map(({ id, nativeMode }) => ({ id, ...(nativeMode ? { nativeMode } : {}) })),
});

const bandwidthOf = ({ inbound, outbound }: NonNullable<NetDef['bandwidth']>): Bandwidth => ({
  ...(inbound ? { inbound: { ...inbound } } : {}),
  ...(outbound ? { outbound: { ...outbound } } : {}),
});

const virtualPortOf = ({ type, parameters }: NonNullable<NetworkNetDef['virtualport']>) => ({
  ...(type === undefined ? {} : { type }),
  ...(parameters ? { parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)])) } : {}),
});

/**
 * The tap of an interface on a bridge: its network's, or one of the host's that it names.
 * @throws Refusal config_unsupported when its network has granted no bridge
 */
export function tapPlanOf(net: NetDef, port: Port | undefined): TapPlan {
  return tapOf(net, net.type === 'bridge' && !port ? ownBridge(net) : grantedBridge(net, port));
}

type Place = Pick<ActualNetDef, 'macTableManager' | 'isolated'> & { readonly bridge: string };

const ownBridge = ({ source, port }: NetDef & { readonly type: 'bridge' }): Place => ({
  bridge: source.bridge,
  isolated: port?.isolated ?? false,
});

function grantedBridge(net: NetDef, port: Port | undefined): Place {
  const { bridge, macTableManager, isolated = false } = port?.actual ?? {};
  if (bridge === undefined) throw unsupported(net, `network '${port?.network ?? ''}' gave no bridge to connect to`);
  return { bridge, isolated, ...defined({ macTableManager }) };
}

/** Whether the forwarding entries of a port are the hypervisor's to make. */
export const managesTable = (port: Port | undefined): boolean => port?.actual.macTableManager === 'libvirt';

function tapOf(net: NetDef, to: Place): TapPlan {
  const { model, target, mtu } = net;
  return {
    mac: macOf(net),
    bridge: to.bridge,
    ...defined({
      model: model?.type,
      target: target?.dev,
      macTableManager: to.macTableManager,
      mtu: mtu?.size,
      queues: 'driver' in net ? net.driver?.queues : undefined,
      isolated: to.isolated ? true : undefined,
    }),
  };
}

/** A refusal that names the interface. */
export const unsupported = (net: NetDef, words: string): Refusal =>
  new Refusal('config_unsupported', `unsupported configuration: ${words}`, {
    path: `/domain/devices/interface[mac/@address='${net.mac?.address ?? ''}']`,
  });

/** The interface as it is now plugged: what virsh's live XML shows. */
export function liveNetDef(net: NetDef, port: Port | undefined, tap: string | undefined): NetDef {
  const target = tap === undefined ? {} : { target: { ...net.target, dev: tap } };
  if (net.type !== 'network' || !port) return { ...net, ...target };
  const { actual, id } = port;
  const live = grantedNetDef(net, port);
  const granted = {
    network: net.source.network,
    ...(port.portGroup === undefined ? {} : { portgroup: port.portGroup }),
    portid: id,
    ...(actual.macTableManager ? { macTableManager: actual.macTableManager } : {}),
  };
  const { bridge } = actual;
  if (actual.type === 'bridge' && bridge !== undefined) return { ...live, ...target, type: 'bridge', source: { ...granted, bridge } };
  return { ...live, ...target, source: { ...granted, ...(bridge === undefined ? {} : { bridge }) } };
}

/** Limits are shown as they were granted. */
function grantedNetDef(net: NetworkNetDef, { actual }: Port): NetworkNetDef {
  const { bandwidth: _, ...rest } = net;
  const { inbound, outbound } = actual.bandwidth ?? {};
  return actual.bandwidth ? { ...rest, bandwidth: defined({ inbound, outbound }) } : rest;
}

/** virsh shows a network by its name, unless it is a bridge of the host's. */
export function sourceOf(net: NetDef, port: Port | undefined): string | undefined {
  if (port) return port.actual.type === 'bridge' ? port.actual.bridge : port.network;
  if (net.type === 'network') return net.source.network;
  return net.type === 'bridge' ? net.source.bridge : undefined;
}
