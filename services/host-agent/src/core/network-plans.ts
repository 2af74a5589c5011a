import type { HostNetwork } from '@virtbus/contracts';
import type { BridgePlan, FirewallPlan } from './link-plan.js';

type Made = HostNetwork & { readonly settings: NonNullable<HostNetwork['settings']> };

/** False for a network that uses a bridge of the host's own: nothing is made for it here. */
export const isMade = (network: HostNetwork): network is Made => network.settings !== undefined;

/** Modes in which the host passes packets between the network and others. */
const FORWARDING_MODES: readonly string[] = ['nat', 'route', 'open'];

export function bridgePlanOf({ bridge, macTableManager, forwarding, settings, overlay }: Made): BridgePlan {
  const { mac, mtu, stp, delaySeconds, addresses, routes } = settings;
  const has = (family: 'ipv4' | 'ipv6') => addresses.some((address) => address.family === family);
  return {
    name: bridge,
    mac,
    ...(mtu === undefined ? {} : { mtu }),
    stp,
    delaySeconds,
    addresses: addresses.map(({ family, address, prefix }) => ({ family, address, prefix })),
    ...(routes ? { routes } : {}),
    // With VLANs the kernel answers for other hosts' addresses only on a VLAN device, which there is none of.
    vlanFiltering: macTableManager === 'libvirt' && !overlay,
    ...(FORWARDING_MODES.includes(forwarding.mode) ? { forwarding: { ipv4: has('ipv4'), ipv6: has('ipv6') } } : {}),
  };
}

export function firewallPlanOf({ bridge, forwarding, settings }: Made): FirewallPlan | undefined {
  const { mode, dev, natAddresses, natPorts, natIpv6, guestIpv6 } = forwarding;
  if (mode === 'open' || mode === 'bridge') return undefined;
  return {
    bridge,
    mode,
    ...(dev === undefined ? {} : { forwardDevice: dev }),
    addresses: settings.addresses.map(({ family, address, prefix, tftp }) => ({ family, address, prefix, ...(tftp ? { tftp } : {}) })),
    ...(mode === 'nat'
      ? {
          nat: {
            ...(natIpv6 ? { ipv6: true } : {}),
            ...(natAddresses ? { addresses: natAddresses } : {}),
            ...(natPorts ? { ports: natPorts } : {}),
          },
        }
      : {}),
    ...(guestIpv6 ? { guestIpv6: true } : {}),
  };
}

export interface DnsmasqPaths {
  readonly pidFile: string;
  readonly hostsFile: string;
  readonly addnHostsFile: string;
  readonly leaseFile: string;
}

/** The whole configuration: the plan's options, and the files of this host. */
export function dnsmasqConfig(plan: NonNullable<HostNetwork['dnsmasq']>, paths: DnsmasqPaths): string {
  const lines = [
    ...plan.options,
    `pid-file=${paths.pidFile}`,
    `dhcp-leasefile=${paths.leaseFile}`,
    ...(plan.hosts ? [`dhcp-hostsfile=${paths.hostsFile}`] : []),
    ...(plan.options.includes('port=0') ? [] : [`addn-hosts=${paths.addnHostsFile}`]),
  ];
  return `${lines.join('\n')}\n`;
}

export const asText = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
