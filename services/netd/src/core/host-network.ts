import { defined, type Forwarding, type HostNetwork, type Overlay } from '@virtbus/contracts';
import { effectivePrefix, type NetworkDef } from '@virtbus/libvirt-xml';
import { bandwidthOf } from './bandwidth.js';
import { dnsmasqPlanOf, forwardMode } from './dnsmasq.js';
import { lendingOnlyWhatIsGiven } from './fleet-dnsmasq.js';

type Nat = NonNullable<NonNullable<NetworkDef['forward']>['nat']>;

const bridgedModes: readonly string[] = ['none', 'nat', 'route', 'open', 'bridge'] satisfies Forwarding['mode'][];
const isBridged = (mode: string): mode is Forwarding['mode'] => bridgedModes.includes(mode);

/** Which network, and how it stands. */
export interface NetworkStanding {
  readonly uuid: string;
  readonly activation: number;
  readonly version?: number;
}

/** Bytes that VXLAN puts around a frame: Ethernet, IPv4, UDP, its own header. */
const VXLAN_OVERHEAD = 50;
const ETHERNET_MTU = 1500;

/** A network that spans hosts: netd says where each MAC is, and frames fit into tunnels unless its definition has another MTU. */
export const spanning = (network: NetworkDef): NetworkDef => ({
  ...network,
  mtu: network.mtu ?? { size: ETHERNET_MTU - VXLAN_OVERHEAD },
  bridge: { ...network.bridge, macTableManager: 'libvirt' },
});

/** What a host needs to have the network; undefined for one without a bridge, of which hosts know nothing. */
export function hostNetworkOf(given: NetworkDef, of: NetworkStanding, overlay?: Overlay): HostNetwork | undefined {
  const network = overlay ? spanning(given) : given;
  const { name: bridge, macTableManager } = network.bridge ?? {};
  const mode = forwardMode(network);
  if (bridge === undefined || !isBridged(mode)) return undefined;
  const { uuid, activation, version } = of;
  const bandwidth = bandwidthOf(network.bandwidth);
  const common = { uuid, name: network.name, activation, bridge, ...defined({ version, macTableManager, overlay, bandwidth }) };
  if (mode === 'bridge') return { ...common, forwarding: { mode } };
  const dnsmasq = dnsmasqPlanOf(network, bridge);
  return {
    ...common,
    forwarding: forwardingOf(network, mode),
    settings: settingsOf(network),
    ...defined({ dnsmasq: dnsmasq && lendingOnlyWhatIsGiven(dnsmasq) }),
  };
}

function forwardingOf({ forward, ipv6 }: NetworkDef, mode: Forwarding['mode']): Forwarding {
  const [device] = forward?.interface ?? [];
  const dev = forward?.dev ?? device?.dev;
  return { mode, ...defined({ dev, guestIpv6: ipv6 ? true : undefined }), ...natOf(forward?.nat) };
}

const natOf = ({ address, port, ipv6 }: Partial<Nat> = {}): Pick<Forwarding, 'natAddresses' | 'natPorts' | 'natIpv6'> =>
  defined({ natAddresses: address && { ...address }, natPorts: port && { ...port }, natIpv6: ipv6 ? true : undefined });

const familyOf = (given: { readonly family?: string }) => (given.family === 'ipv6' ? 'ipv6' : 'ipv4');

function settingsOf({ mac, mtu, bridge, ip: addresses, route: routes }: NetworkDef): NonNullable<HostNetwork['settings']> {
  const { stp = true, delay: delaySeconds = 0 } = bridge ?? {};
  return {
    mac: mac?.address ?? '',
    ...defined({ mtu: mtu?.size }),
    stp,
    delaySeconds,
    addresses: addresses.map((ip) => ({
      family: familyOf(ip),
      address: ip.address,
      prefix: effectivePrefix(ip),
      ...defined({ dhcp: ip.dhcp && true, tftp: ip.tftp && true }),
    })),
    routes: routes.map((route) => ({
      family: familyOf(route),
      address: route.address,
      prefix: effectivePrefix(route),
      gateway: route.gateway,
      ...defined({ metric: route.metric }),
    })),
  };
}
