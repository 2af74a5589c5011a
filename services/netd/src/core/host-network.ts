import { defined, type Forwarding, type HostNetwork } from '@virtbus/contracts';
import { effectivePrefix, type NetworkDef } from '@virtbus/libvirt-xml';
import { dnsmasqPlanOf, forwardMode } from './dnsmasq.js';

type Nat = NonNullable<NonNullable<NetworkDef['forward']>['nat']>;

const bridgedModes: readonly string[] = ['none', 'nat', 'route', 'open', 'bridge'] satisfies Forwarding['mode'][];
const isBridged = (mode: string): mode is Forwarding['mode'] => bridgedModes.includes(mode);

/** What a host needs to have the network; undefined for one without a bridge, of which hosts know nothing. */
export function hostNetworkOf(network: NetworkDef, of: { readonly uuid: string; readonly activation: number }): HostNetwork | undefined {
  const { name: bridge, macTableManager } = network.bridge ?? {};
  const mode = forwardMode(network);
  if (bridge === undefined || !isBridged(mode)) return undefined;
  const common = { uuid: of.uuid, name: network.name, activation: of.activation, bridge, ...defined({ macTableManager }) };
  if (mode === 'bridge') return { ...common, forwarding: { mode } };
  const dnsmasq = dnsmasqPlanOf(network, bridge);
  return { ...common, forwarding: forwardingOf(network, mode), settings: settingsOf(network), ...defined({ dnsmasq }) };
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
