/**
 * From a domain's interfaces to what this host does for each: which need a port of their network, which a tap, and what the live
 * definition then says. Interfaces are told apart by their alias, which every one has by the time a domain starts.
 */
import { defined, Refusal, type ActualNetDef, type Bandwidth, type Port, type PortRequest, type Vlan } from '@virtbus/contracts';
import { pciName, pciNumbers, type NetDef } from '@virtbus/libvirt-xml';
import type { MacvtapPlan, TapPlan } from './link-plan.js';

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
      queues: queuesOf(net),
      isolated: to.isolated ? true : undefined,
    }),
  };
}

/** A refusal that names the interface. */
export const unsupported = (net: NetDef, words: string): Refusal =>
  new Refusal('config_unsupported', `unsupported configuration: ${words}`, {
    path: `/domain/devices/interface[mac/@address='${net.mac?.address ?? ''}']`,
  });

/**
 * The macvtap of an interface: on the link that its network has lent, or that it names itself.
 * @throws Refusal config_unsupported when its network has lent none
 */
export function macvtapPlanOf(net: NetDef, port: Port | undefined): Omit<MacvtapPlan, 'name'> {
  const { dev, mode = 'vepa' } = port ? port.actual : net.type === 'direct' ? net.source : {};
  if (dev === undefined) throw unsupported(net, `network '${port?.network ?? ''}' lent no device to connect to`);
  return { parent: dev, mode, mac: macOf(net), ...defined({ model: net.model?.type, queues: queuesOf(net) }) };
}

export const queuesOf = (net: NetDef): number | undefined => ('driver' in net ? net.driver?.queues : undefined);

/** The PCI function that is assigned to the guest. Undefined for the USB forms. */
export function assignedAddress(net: NetDef, port: Port | undefined): string | undefined {
  if (port) return port.actual.pciAddress;
  const address = net.type === 'hostdev' ? net.source.address : undefined;
  return address?.type === 'pci' ? pciName(address) : undefined;
}

/** The interface as it is now plugged: what virsh's live XML shows. */
export function liveNetDef(net: NetDef, port: Port | undefined, link: string | undefined): NetDef {
  const plugged = link === undefined ? net : { ...net, target: { ...net.target, dev: link } };
  return port && (net.type === 'network' || net.type === port.actual.type) ? grantedNetDef(asGranted(plugged, port), port) : plugged;
}

/** Limits and tags are shown as they were granted. */
function asGranted(net: NetDef, { actual }: Port): NetDef {
  const { bandwidth: _, vlan: __, ...rest } = net;
  const { inbound, outbound } = actual.bandwidth ?? {};
  return {
    ...rest,
    ...(actual.bandwidth ? { bandwidth: defined({ inbound, outbound }) } : {}),
    ...(actual.vlan ? { vlan: { trunk: actual.vlan.trunk, tag: actual.vlan.tags } } : {}),
  };
}

function grantedNetDef(net: NetDef, { id, network, portGroup, actual }: Port): NetDef {
  const { bridge, dev, mode = 'vepa', macTableManager } = actual;
  const granted = { network, ...defined({ portgroup: portGroup }), portid: id };
  const onBridge = { ...granted, ...defined({ macTableManager }) };
  if (actual.type === 'direct' && dev !== undefined) return { ...net, type: 'direct', source: { ...granted, dev, mode } };
  if (actual.type === 'hostdev') return assigned(net, actual);
  if (actual.type === 'bridge' && bridge !== undefined) return { ...net, type: 'bridge', source: { ...onBridge, bridge } };
  return { ...net, type: 'network', source: { ...onBridge, ...defined({ bridge }) } };
}

/** A function of a network's pool: a device of the host, of which nothing says that a network lent it. */
function assigned(net: NetDef, { managed, driver, pciAddress = '' }: ActualNetDef): NetDef {
  const { mac, vlan, model, boot, alias, rom, acpi, address, teaming, link } = net;
  return {
    ...defined({ mac, vlan, model, boot, alias, rom, acpi, address, teaming, link }),
    type: 'hostdev',
    ip: [],
    route: [],
    source: { address: { type: 'pci', ...pciNumbers(pciAddress) } },
    ...(managed ? { managed } : {}),
    ...(driver === undefined ? {} : { assignment: { name: driver } }),
  };
}

/** virsh shows a network by its name, unless it gave a bridge or a link of the host's. */
export function sourceOf(net: NetDef, port: Port | undefined): string | undefined {
  if (port) return ofActual(port);
  if (net.type === 'network') return net.source.network;
  if (net.type === 'direct') return net.source.dev;
  return net.type === 'bridge' ? net.source.bridge : undefined;
}

function ofActual({ network, actual }: Port): string | undefined {
  if (actual.type === 'bridge') return actual.bridge;
  if (actual.type === 'direct') return actual.dev;
  return actual.type === 'hostdev' ? undefined : network;
}

/** The type that virsh shows: what a network has come to, unless that is a network. */
export const shownType = (net: NetDef, port: Port | undefined): string => port?.actual.type ?? net.type;
