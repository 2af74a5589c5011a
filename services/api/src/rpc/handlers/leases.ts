import * as contracts from '@virtbus/contracts';
import type { Lease } from '@virtbus/contracts';
import { errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';
import { invalidOperation, refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

/** virIPAddrType. */
const addressTypes = { ipv4: 0, ipv6: 1 } as const;
/** virDomainInterfaceAddressesSource: the places of the names. */
const sources = ['lease', 'agent', 'arp'] as const;

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

/** Addresses that DHCP has given, and those that guests have. */
export const leases: RemoteHandlers = {
  network_get_dhcp_leases: async ({ net, mac, need_results, flags }, session) => {
    refuseOtherFlags(flags, 0, 'network_get_dhcp_leases');
    const { uuid, bridge = '', active } = await session.known.network(net);
    if (!active) return { leases: [], ret: 0 };
    const found = (await leasesOf(uuid, session)).filter((lease) => mac === undefined || lease.mac === mac.toLowerCase());
    return { leases: need_results === 0 ? [] : found.map((lease) => leaseReply(bridge, lease)), ret: found.length };
  },
  domain_interface_addresses: async ({ dom, source, flags }, session) => {
    refuseOtherFlags(flags, 0, 'domain_interface_addresses');
    const { active, record } = await session.known.domain(dom);
    if (!active) throw invalidOperation('domain is not running');
    const from = sources[source];
    if (from === undefined) {
      const words = `argument unsupported: Unknown IP address data source ${source}`;
      throw new RemoteError(errorCode.argumentUnsupported, errorDomain.qemu, words);
    }
    const { interfaces } = await session.orders.ask(contracts.getDomainAddresses, { domain: record.uuid, source: from });
    const ifaces = interfaces.map(({ name, mac, addresses }) => ({
      name,
      hwaddr: mac,
      addrs: addresses.map(({ family, address, prefix }) => ({ type: addressTypes[family], addr: address, prefix })),
    }));
    return { ifaces };
  },
};
