import * as contracts from '@virtbus/contracts';
import type { Lease, PluggedInterface } from '@virtbus/contracts';
import { errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';
import { invalidOperation, noAgent, refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

/** virIPAddrType. */
const addressTypes = { ipv4: 0, ipv6: 1 } as const;
/** virDomainInterfaceAddressesSource. */
const FROM_LEASES = 0;
const FROM_AGENT = 1;

const leasesOf = async (network: string, { orders }: Session): Promise<readonly Lease[]> =>
  (await orders.ask(contracts.listLeases, { network })).leases;

const leaseReply = (iface: string, { expiry, protocol, mac, address, prefix, hostname, clientId }: Lease) => ({
  iface,
  expirytime: BigInt(expiry),
  type: addressTypes[protocol],
  mac,
  iaid: undefined,
  ipaddr: address,
  prefix,
  hostname,
  clientid: clientId,
});

/** What the networks' DHCP has given to the interfaces of a domain. */
async function addressesOf(interfaces: readonly PluggedInterface[], session: Session) {
  const ifaces = await Promise.all(
    interfaces.map(async ({ mac, target, alias, port }) => {
      const leases = port === undefined ? [] : await leasesOf(port.networkUuid, session).catch(() => []);
      const addrs = leases
        .filter((lease) => lease.mac === mac)
        .map(({ protocol, address, prefix }) => ({ type: addressTypes[protocol], addr: address, prefix }));
      return { name: target ?? alias, hwaddr: mac, addrs };
    }),
  );
  return ifaces.filter(({ addrs }) => addrs.length > 0);
}

/** Addresses that DHCP has given. */
export const leases: RemoteHandlers = {
  network_get_dhcp_leases: async ({ net, mac, need_results, flags }, session) => {
    refuseOtherFlags(flags, 0, 'network_get_dhcp_leases');
    const { uuid, bridge = '' } = await session.known.network(net);
    const found = (await leasesOf(uuid, session)).filter((lease) => mac === undefined || lease.mac === mac.toLowerCase());
    return { leases: need_results === 0 ? [] : found.map((lease) => leaseReply(bridge, lease)), ret: found.length };
  },
  domain_interface_addresses: async ({ dom, source, flags }, session) => {
    refuseOtherFlags(flags, 0, 'domain_interface_addresses');
    const { active, runtime } = await session.known.domain(dom);
    if (!active) throw invalidOperation('domain is not running');
    if (source === FROM_AGENT) throw noAgent();
    if (source !== FROM_LEASES) {
      const words = `argument unsupported: Unknown IP address data source ${source}`;
      throw new RemoteError(errorCode.argumentUnsupported, errorDomain.qemu, words);
    }
    return { ifaces: await addressesOf(runtime?.interfaces ?? [], session) };
  },
};
