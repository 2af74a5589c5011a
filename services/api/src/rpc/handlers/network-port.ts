import { getNetworkPortXml, type PortRecord } from '@virtbus/contracts';
import { errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';
import { networkHandle } from '../handles.js';
import { refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

async function portOf(
  { net, uuid }: { readonly net: { readonly uuid: string }; readonly uuid: string },
  { known }: Session,
): Promise<PortRecord> {
  const found = known.portsOf(await known.network(net)).find((port) => port.id === uuid);
  if (found) return found;
  throw new RemoteError(
    errorCode.noNetworkPort,
    errorDomain.network,
    `network port not found: Network port with UUID ${uuid} does not exist`,
  );
}

/** Connections of interfaces to their networks. netd makes them when a domain starts; nobody else does. */
export const networkPort: RemoteHandlers = {
  network_list_all_ports: async ({ network, need_results, flags }, session) => {
    refuseOtherFlags(flags, 0, 'network_list_all_ports');
    const record = await session.known.network(network);
    const ports = session.known.portsOf(record);
    const net = networkHandle(record);
    return { ports: need_results === 0 ? [] : ports.map(({ id }) => ({ net, uuid: id })), ret: ports.length };
  },
  network_port_lookup_by_uuid: async ({ network, uuid }, session) => {
    const port = await portOf({ net: network, uuid }, session);
    return { port: { net: { name: port.network, uuid: port.networkUuid }, uuid: port.id } };
  },
  network_port_get_xml_desc: async ({ port, flags }, session) => {
    refuseOtherFlags(flags, 0, 'network_port_get_xml_desc');
    const { id, networkUuid } = await portOf(port, session);
    return session.orders.ask(getNetworkPortXml, { network: networkUuid, port: id });
  },
};
