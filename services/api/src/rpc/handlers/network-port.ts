import * as contracts from '@virtbus/contracts';
import { getNetworkPortXml, noNetworkPort, type Bandwidth, type NetworkRecord, type PortRecord } from '@virtbus/contracts';
import { errorDomain, type TypedParam } from '@virtbus/libvirt-rpc';
import { networkHandle } from '../handles.js';
import { invalidArgument, invalidOperation, refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';
import { limitOf, limits, portLimits } from '../typed-bandwidth.js';

/** virNetworkPortCreateFlags. */
const RECLAIM = 1;
const VALIDATE = 2;
/** virTypedParameterFlags: the client takes strings, too. There are none among these. */
const STRINGS_OKAY = 4;

interface PortHandle {
  readonly net: { readonly uuid: string };
  readonly uuid: string;
}

async function portOf({ net, uuid }: PortHandle, { known }: Session): Promise<PortRecord> {
  const found = known.portsOf(await known.network(net)).find((port) => port.id === uuid);
  if (found) return found;
  throw noNetworkPort(uuid);
}

/** @throws RemoteError operation invalid */
function mustBeActive({ active, name }: NetworkRecord): void {
  if (!active) throw invalidOperation(`network '${name}' is not active`, errorDomain.network);
}

/** A direction that is not limited is not among them, as libvirt has it. */
function shownOf({ actual: { bandwidth = {} } }: PortRecord): TypedParam[] {
  return portLimits.flatMap(([way, name]): TypedParam[] => {
    const rate = bandwidth[way];
    return rate ? [{ field: `${way}.${name}`, value: { type: 'uint', value: limitOf(rate, name) } }] : [];
  });
}

/** What is not named is no more, as libvirt has it: the parameters are the whole of it. */
function bandwidthIn(params: readonly TypedParam[]): Bandwidth {
  const bandwidth: { inbound?: Record<string, number>; outbound?: Record<string, number> } = {};
  for (const { field, value } of params) {
    const [way, name] = limits.find(([direction, limit]) => `${direction}.${limit}` === field) ?? [];
    if (way === undefined || name === undefined) throw invalidArgument(`parameter '${field}' not supported`, errorDomain.network);
    if (value.type !== 'uint')
      throw invalidArgument(`invalid type '${value.type}' for parameter '${field}', expected 'uint'`, errorDomain.network);
    bandwidth[way] = { ...bandwidth[way], [name]: value.value };
  }
  const { inbound = {}, outbound = {} } = bandwidth;
  const bounds = ({ average = 0, floor = 0 }: Record<string, number>): boolean => average > 0 || floor > 0;
  return { ...(bounds(inbound) ? { inbound: nonZero(inbound) } : {}), ...(bounds(outbound) ? { outbound: nonZero(outbound) } : {}) };
}

const nonZero = (rate: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(rate).filter(([, value]) => value > 0));

const none = { average: 0, peak: 0, burst: 0 };

/** Of an interface's port, as its domain's owner would tune it: what runs, and not the definition. */
async function tune(port: PortRecord, bandwidth: Bandwidth, { orders }: Session): Promise<void> {
  const { inbound, outbound } = bandwidth;
  if (port.byHand) {
    const payload = { network: port.networkUuid, port: port.id };
    await orders.run(contracts.tuneNetworkPort, inbound || outbound ? { ...payload, bandwidth } : payload);
    return;
  }
  const tuning = { device: port.mac, inbound: { ...none, floor: 0, ...inbound }, outbound: { ...none, ...outbound } };
  await orders.run(contracts.tuneInterface, { domain: port.domain, tuning, live: true });
}

/** Connections of interfaces to their networks, made by netd when a domain starts, and those that are made by hand. */
export const networkPort: RemoteHandlers = {
  network_list_all_ports: async ({ network, need_results, flags }, session) => {
    refuseOtherFlags(flags, 0, 'network_list_all_ports');
    const record = await session.known.network(network);
    mustBeActive(record);
    const ports = session.known.portsOf(record);
    const net = networkHandle(record);
    return { ports: need_results === 0 ? [] : ports.map(({ id }) => ({ net, uuid: id })), ret: ports.length };
  },
  network_port_lookup_by_uuid: async ({ network, uuid }, session) => {
    const port = await portOf({ net: network, uuid }, session);
    return { port: { net: { name: port.network, uuid: port.networkUuid }, uuid: port.id } };
  },
  network_port_create_xml: async ({ network, xml, flags }, { known, orders }) => {
    refuseOtherFlags(flags, RECLAIM | VALIDATE, 'network_port_create_xml');
    const record = await known.network(network);
    const wish = { network: record.uuid, xml, ...((flags & RECLAIM) === 0 ? {} : { reclaim: true }) };
    const { uuid } = await orders.run(contracts.createNetworkPort, wish);
    return { port: { net: networkHandle(record), uuid } };
  },
  network_port_delete: async ({ port, flags }, session) => {
    refuseOtherFlags(flags, 0, 'network_port_delete');
    const { id, networkUuid } = await portOf(port, session);
    await session.orders.run(contracts.deleteNetworkPort, { network: networkUuid, port: id });
    return {};
  },
  network_port_get_parameters: async ({ port, nparams, flags }, session) => {
    refuseOtherFlags(flags, STRINGS_OKAY, 'network_port_get_parameters');
    const params = shownOf(await portOf(port, session));
    if (nparams === 0) return { params: [], nparams: params.length };
    return { params: params.slice(0, nparams), nparams: Math.min(nparams, params.length) };
  },
  network_port_set_parameters: async ({ port, params, flags }, session) => {
    refuseOtherFlags(flags, 0, 'network_port_set_parameters');
    await tune(await portOf(port, session), bandwidthIn(params), session);
    return {};
  },
  network_port_get_xml_desc: async ({ port, flags }, session) => {
    refuseOtherFlags(flags, 0, 'network_port_get_xml_desc');
    const { id, networkUuid } = await portOf(port, session);
    return session.orders.ask(getNetworkPortXml, { network: networkUuid, port: id });
  },
};
