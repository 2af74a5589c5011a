import * as contracts from '@virtbus/contracts';
import type { NetworkRecord } from '@virtbus/contracts';
import { errorCode, errorDomain, RemoteError, type ArgsOf, type remoteProcedures } from '@virtbus/libvirt-rpc';
import { liveNetworkXml } from '../../core/live-network.js';
import { ALL_NETWORK_FILTERS, networkPasses } from '../core/network-filter.js';
import { listed, networkHandle, type NetworkHandle } from '../handles.js';
import { impact, reachOf } from '../impact.js';
import { refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

const INACTIVE = 1;
const VALIDATE = 1;

const networksThat = ({ known }: Session, holds: (network: NetworkRecord) => boolean): NetworkRecord[] =>
  known.networks().filter((each) => holds(each));
const active = (session: Session): NetworkRecord[] => networksThat(session, (network) => network.active);
const inactive = (session: Session): NetworkRecord[] => networksThat(session, (network) => !network.active);
const names = (networks: readonly NetworkRecord[], most: number) => ({ names: networks.slice(0, most).map((network) => network.name) });

type OfXml = typeof contracts.defineNetwork | typeof contracts.createNetwork;
type OfNetwork = typeof contracts.startNetwork | typeof contracts.destroyNetwork | typeof contracts.undefineNetwork;

async function make(contract: OfXml, xml: string, { orders, known }: Session) {
  const { uuid } = await orders.run(contract, { xml });
  return { net: networkHandle(await known.network({ uuid })) };
}

async function order(contract: OfNetwork, { net }: { readonly net: NetworkHandle }, { orders, known }: Session): Promise<object> {
  await known.network(net);
  await orders.run(contract, { network: net.uuid });
  return {};
}

const updateRefused = (words: string): RemoteError =>
  new RemoteError(errorCode.operationUnsupported, errorDomain.network, `Operation not supported: ${words}`);

/** libvirt's numbers are the places of the names, from 1. */
async function update(args: ArgsOf<typeof remoteProcedures.network_update>, { orders, known }: Session): Promise<object> {
  const { net, parentIndex, xml, flags } = args;
  refuseOtherFlags(flags, impact.both, 'network_update');
  await known.network(net);
  const section = contracts.networkUpdateSections[args.section - 1];
  if (section === undefined) throw updateRefused(`can't update unrecognized section of network '${net.name}'`);
  const command = contracts.networkUpdateCommands[args.command - 1];
  if (command === undefined) throw updateRefused(`unrecognized network update command code ${args.command}`);
  await orders.run(contracts.updateNetwork, { network: net.uuid, command, section, parentIndex, xml, ...reachOf(flags) });
  return {};
}

export const network: RemoteHandlers = {
  network_lookup_by_name: async ({ name }, { known }) => ({ net: networkHandle(await known.networkNamed(name)) }),
  network_lookup_by_uuid: async ({ uuid }, { known }) => ({ net: networkHandle(await known.network({ uuid })) }),
  connect_list_all_networks: ({ need_results, flags }, session) => {
    refuseOtherFlags(flags, ALL_NETWORK_FILTERS, 'connect_list_all_networks');
    const { list, ret } = listed(
      networksThat(session, (each) => networkPasses(each, flags)),
      need_results,
    );
    return { nets: list.map((each) => networkHandle(each)), ret };
  },
  connect_num_of_networks: (_, session) => ({ num: active(session).length }),
  connect_list_networks: ({ maxnames }, session) => names(active(session), maxnames),
  connect_num_of_defined_networks: (_, session) => ({ num: inactive(session).length }),
  connect_list_defined_networks: ({ maxnames }, session) => names(inactive(session), maxnames),
  network_define_xml: ({ xml }, session) => make(contracts.defineNetwork, xml, session),
  network_define_xml_flags: ({ xml, flags }, session) => {
    refuseOtherFlags(flags, VALIDATE, 'network_define_xml_flags');
    return make(contracts.defineNetwork, xml, session);
  },
  network_create_xml: ({ xml }, session) => make(contracts.createNetwork, xml, session),
  network_create_xml_flags: ({ xml, flags }, session) => {
    refuseOtherFlags(flags, VALIDATE, 'network_create_xml_flags');
    return make(contracts.createNetwork, xml, session);
  },
  network_create: (args, session) => order(contracts.startNetwork, args, session),
  network_destroy: (args, session) => order(contracts.destroyNetwork, args, session),
  network_undefine: (args, session) => order(contracts.undefineNetwork, args, session),
  network_update: (args, session) => update(args, session),
  network_get_xml_desc: async ({ net, flags }, { known }) => {
    refuseOtherFlags(flags, INACTIVE, 'network_get_xml_desc');
    const record = await known.network(net);
    const live = record.active && (flags & INACTIVE) === 0;
    return { xml: live ? liveNetworkXml(record, known.portsOf(record)) : record.xml };
  },
  network_get_bridge_name: async ({ net }, { known }) => {
    const { bridge, name } = await known.network(net);
    if (bridge === undefined) {
      throw new RemoteError(errorCode.internal, errorDomain.network, `internal error: network '${name}' does not have a bridge name.`);
    }
    return { name: bridge };
  },
  network_get_autostart: async ({ net }, { known }) => ({ autostart: (await known.network(net)).autostart ? 1 : 0 }),
  network_set_autostart: async ({ net, autostart }, { orders, known }) => {
    await known.network(net);
    await orders.run(contracts.setNetworkAutostart, { network: net.uuid, autostart: autostart !== 0 });
    return {};
  },
  network_is_active: async ({ net }, { known }) => ({ active: (await known.network(net)).active ? 1 : 0 }),
  network_is_persistent: async ({ net }, { known }) => ({ persistent: (await known.network(net)).persistent ? 1 : 0 }),
};
