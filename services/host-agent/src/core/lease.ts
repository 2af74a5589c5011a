import type { HostNetwork, Lease } from '@virtbus/contracts';
import type { DhcpLease } from './link-plan.js';

/** A lease as virsh shows it; undefined for one without a MAC (DHCPv6 keys leases by DUID). The prefix is that of the bridge's address. */
export function leaseOf(
  { expiry, family, mac, address, hostname, clientId }: DhcpLease,
  plan: HostNetwork,
  hostId: string,
): Lease | undefined {
  if (mac === undefined) return undefined;
  const prefix = plan.settings?.addresses.find((each) => each.family === family)?.prefix ?? (family === 'ipv6' ? 128 : 32);
  return {
    hostId,
    expiry,
    mac,
    protocol: family,
    address,
    prefix,
    ...(hostname === undefined ? {} : { hostname }),
    ...(clientId === undefined ? {} : { clientId }),
  };
}
