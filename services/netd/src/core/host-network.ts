import type { Forwarding, HostNetwork } from '@virtbus/contracts';
import { effectivePrefix, type NetworkDef } from '@virtbus/libvirt-xml';
import { dnsmasqPlanOf, forwardMode } from './dnsmasq.js';

/** What a host needs to have the network; undefined for one without a bridge, of which hosts know nothing. */
export function hostNetworkOf(network: NetworkDef, of: { readonly uuid: string; readonly activation: number }): HostNetwork | undefined {
  const bridge = network.bridge?.name;
  if (bridge === undefined) return undefined;
  const mode = forwardMode(network);
  const manager = network.bridge?.macTableManager;
  const common = {
    uuid: of.uuid,
    name: network.name,
    activation: of.activation,
    bridge,
    ...(manager ? { macTableManager: manager } : {}),
  };
  if (mode === 'bridge') return { ...common, forwarding: { mode } };
  const dnsmasq = dnsmasqPlanOf(network, bridge);
  return { ...common, forwarding: forwardingOf(network), settings: settingsOf(network), ...(dnsmasq ? { dnsmasq } : {}) };
}

function forwardingOf(network: NetworkDef): Forwarding {
  const mode = forwardMode(network) as Forwarding['mode'];
  const { forward } = network;
  const dev = forward?.dev ?? forward?.interface?.[0]?.dev;
  const nat = forward?.nat;
  return {
    mode,
    ...(dev === undefined ? {} : { dev }),
    ...(nat?.address ? { natAddresses: { start: nat.address.start, end: nat.address.end } } : {}),
    ...(nat?.port ? { natPorts: { start: nat.port.start, end: nat.port.end } } : {}),
    ...(nat?.ipv6 ? { natIpv6: true } : {}),
    ...(network.ipv6 ? { guestIpv6: true } : {}),
  };
}

function settingsOf(network: NetworkDef): NonNullable<HostNetwork['settings']> {
  return {
    mac: network.mac?.address ?? '',
    ...(network.mtu ? { mtu: network.mtu.size } : {}),
    stp: network.bridge?.stp !== false,
    delaySeconds: network.bridge?.delay ?? 0,
    addresses: network.ip.map((ip) => ({
      family: ip.family === 'ipv6' ? 'ipv6' : 'ipv4',
      address: ip.address,
      prefix: effectivePrefix(ip),
      ...(ip.dhcp ? { dhcp: true } : {}),
      ...(ip.tftp ? { tftp: true } : {}),
    })),
    routes: network.route.map((route) => ({
      family: route.family === 'ipv6' ? 'ipv6' : 'ipv4',
      address: route.address,
      prefix: effectivePrefix(route),
      gateway: route.gateway,
      ...(route.metric === undefined ? {} : { metric: route.metric }),
    })),
  };
}
