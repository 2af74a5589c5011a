import { getNetworkPortXml, type PortRecord } from '@virtbus/contracts';
import { errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';
import { networkHandle } from '../handles.js';
import { refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

const portsOf = ({ known }: Session, networkUuid: string): PortRecord[] =>
  known.memory.views.ports
    .entries()
    .map((entry) => entry.value)
    .filter((port) => port.networkUuid === networkUuid);

async function portOf(
  { net, uuid }: { readonly net: { readonly uuid: string }; readonly uuid: string },
  session: Session,
): Promise<PortRecord> {
  const { uuid: networkUuid } = await session.known.network(net);
  const found = portsOf(session, networkUuid).find((port) => port.id === uuid);
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
    const ports = portsOf(session, record.uuid);
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
