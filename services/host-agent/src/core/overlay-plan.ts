/** What a host must hold to be one of several that a network spans, worked out from what netd and the other hosts say. */
import { Refusal, type HostNetwork } from '@virtbus/contracts';
import { formatIp, networkOf, parseIp } from '@virtbus/libvirt-xml';
import type { NetworkFacts } from './network-facts.js';

export interface OverlayPlan {
  /** The VXLAN link. */
  readonly link: string;
  readonly bridge: string;
  readonly vni: number;
  readonly port: number;
  /** This host's end of every tunnel. */
  readonly local: string;
  readonly mtu?: number;
  /** The other hosts' ends: broadcasts go to each of them. */
  readonly peers: readonly string[];
  /** Where the MACs of other hosts are. */
  readonly remote: readonly { readonly mac: string; readonly via: string }[];
  /** Whose address is whose, on every host, this one included: asked for, the bridge answers for those that are elsewhere. */
  readonly neighbours: readonly { readonly family: 'ipv4' | 'ipv6'; readonly address: string; readonly mac: string }[];
}

/** A number has eight digits at most: the name fits. */
export const overlayLink = (vni: number): string => `vbx${vni}`;

export interface OverlayHost {
  readonly hostId: string;
  /** How other hosts reach this one. */
  readonly tunnelAddress: string | undefined;
}

/** Undefined for a network of one host. @throws Refusal config_unsupported on a host that others cannot reach */
export function overlayPlanOf(network: HostNetwork, facts: NetworkFacts, host: OverlayHost): OverlayPlan | undefined {
  const { overlay, settings, bridge, name } = network;
  if (!overlay) return undefined;
  if (host.tunnelAddress === undefined) {
    const words = `network '${name}' spans hosts, and host '${host.hostId}' has no address for tunnels: set VIRTBUS_TUNNEL_ADDRESS`;
    throw new Refusal('config_unsupported', `unsupported configuration: ${words}`);
  }
  const ends = new Map(facts.hosts.filter(({ hostId }) => hostId !== host.hostId).map((each) => [each.hostId, each.tunnelAddress]));
  const prefixes = prefixesOf(settings);
  const hasIpv6 = prefixes.length > 0;
  return {
    link: overlayLink(overlay.vni),
    bridge,
    vni: overlay.vni,
    port: overlay.port,
    local: host.tunnelAddress,
    ...(settings?.mtu === undefined ? {} : { mtu: settings.mtu }),
    peers: [...new Set(ends.values())].filter((address) => address !== host.tunnelAddress),
    remote: facts.ports.flatMap(({ mac, hostId }) => {
      const via = ends.get(hostId);
      return via === undefined ? [] : [{ mac, via }];
    }),
    neighbours: facts.ports.flatMap(({ mac, addresses = [] }) => [
      ...addresses.filter(({ family }) => family === 'ipv4' || hasIpv6).map(({ family, address }) => ({ family, address, mac })),
      ...prefixes.map((prefix) => ({ family: 'ipv6' as const, address: addressOfMac(prefix, mac), mac })),
    ]),
  };
}

const LINK_LOCAL = 'fe80::';
const PREFIX_BITS = 64;

/** What guests make addresses of from their MACs; nothing where there is no IPv6. */
function prefixesOf(settings: HostNetwork['settings']): string[] {
  const own = (settings?.addresses ?? []).filter(({ family }) => family === 'ipv6');
  if (own.length === 0) return [];
  return [LINK_LOCAL, ...own.filter(({ prefix }) => prefix === PREFIX_BITS).map(({ address }) => address)];
}

/** The address that a guest makes from its MAC (RFC 4291, appendix A; RFC 4862). One that makes another one is asked for it. */
export function addressOfMac(prefix: string, mac: string): string {
  const [a = 0, b = 0, c = 0, ...rest] = mac.split(':').map((octet) => Number.parseInt(octet, 16));
  const own = [a ^ 2, b, c, 0xff, 0xfe, ...rest].reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
  const network = networkOf(parseIp(prefix) ?? { family: 'ipv6', bits: 0n }, PREFIX_BITS);
  return formatIp({ family: 'ipv6', bits: network.bits | own });
}
