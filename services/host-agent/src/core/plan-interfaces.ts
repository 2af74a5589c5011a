/**
 * From a domain's interfaces to what this host does for each: which need a port of their network, which a tap, and what the live
 * definition then says. Interfaces are told apart by their alias, which every one has by the time a domain starts.
 */
import {
  defined,
  Refusal,
  type ActualNetDef,
  type Bandwidth,
  type PluggedInterface,
  type Port,
  type PortRequest,
  type Vlan,
} from '@virtbus/contracts';
import type { NetDef } from '@virtbus/libvirt-xml';
import type { TapPlan } from './link-plan.js';

export type NetworkNetDef = NetDef & { readonly type: 'network' };
export type WithMac = NetDef & { readonly mac: { readonly address: string } };

/** What an interface is plugged into on this host. */
export type Plug =
  | { readonly type: 'tap'; readonly tap: TapPlan }
  /** QEMU's own network stack: nothing on the host. */
  | { readonly type: 'user' };

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

/** @throws Refusal config_unsupported, naming the element, for a connection that this host cannot make */
export function plugOf(net: NetDef, port: Port | undefined): Plug {
  refuseUnbuilt(net, port?.actual);
  if (net.type === 'user') return { type: 'user' };
  if (net.type === 'bridge') return { type: 'tap', tap: tapOf(net, { bridge: net.source.bridge, isolated: net.port?.isolated ?? false }) };
  if (net.type !== 'network') throw unsupported(net, `interface type='${net.type}' cannot be started on this host`);
  return { type: 'tap', tap: tapOf(net, bridgeOf(net, port)) };
}

function bridgeOf(net: NetworkNetDef, port: Port | undefined): Pick<ActualNetDef, 'macTableManager' | 'isolated'> & { bridge: string } {
  const { bridge, macTableManager, isolated = false } = port?.actual ?? {};
  if (bridge === undefined) throw unsupported(net, `network '${net.source.network}' gave no bridge to connect to`);
  return { bridge, isolated, ...defined({ macTableManager }) };
}

function refuseUnbuilt(net: NetDef, actual: ActualNetDef | undefined): void {
  const unbuilt = unbuiltPart(net, actual);
  if (unbuilt !== undefined)
    throw unsupported(net, `<${unbuilt}> of an interface is not applied by this version, and not passed over either`);
}

/** The first part that libvirt would act on and this host cannot. */
function unbuiltPart(net: NetDef, actual: ActualNetDef | undefined): string | undefined {
  if (net.bandwidth || actual?.bandwidth) return 'bandwidth';
  if ('filterref' in net && net.filterref) return 'filterref';
  if (net.coalesce) return 'coalesce';
  if (net.backend?.type === 'passt') return 'backend';
  return undefined;
}

function tapOf(net: NetDef, to: Pick<ActualNetDef, 'macTableManager' | 'isolated'> & { readonly bridge: string }): TapPlan {
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

const unsupported = (net: NetDef, words: string): Refusal =>
  new Refusal('config_unsupported', `unsupported configuration: ${words}`, {
    path: `/domain/devices/interface[mac/@address='${net.mac?.address ?? ''}']`,
  });

/** The interface as it is now plugged: what virsh's live XML shows. */
export function liveNetDef(net: NetDef, port: Port | undefined, tap: string | undefined): NetDef {
  const target = tap === undefined ? {} : { target: { ...net.target, dev: tap } };
  if (net.type !== 'network' || !port) return { ...net, ...target };
  const { actual, id } = port;
  const granted = {
    network: net.source.network,
    ...(port.portGroup === undefined ? {} : { portgroup: port.portGroup }),
    portid: id,
    ...(actual.macTableManager ? { macTableManager: actual.macTableManager } : {}),
  };
  const { bridge } = actual;
  if (actual.type === 'bridge' && bridge !== undefined) return { ...net, ...target, type: 'bridge', source: { ...granted, bridge } };
  return { ...net, ...target, source: { ...granted, ...(bridge === undefined ? {} : { bridge }) } };
}

export function pluggedOf(net: NetDef, port: Port | undefined, tap: string | undefined): PluggedInterface {
  return {
    alias: net.alias?.name ?? '',
    mac: macOf(net),
    type: port?.actual.type === 'bridge' ? 'bridge' : net.type,
    ...(net.model?.type === undefined ? {} : { model: net.model.type }),
    ...(tap === undefined ? {} : { target: tap }),
    ...sourceOf(net, port),
    ...(port ? { port } : {}),
  };
}

/** virsh shows a network by its name, unless it is a bridge of the host's. */
function sourceOf(net: NetDef, port: Port | undefined): { source?: string } {
  if (net.type === 'network') return { source: port?.actual.type === 'bridge' ? (port.actual.bridge ?? '') : net.source.network };
  return net.type === 'bridge' ? { source: net.source.bridge } : {};
}
