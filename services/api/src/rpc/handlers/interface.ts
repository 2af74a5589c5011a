import { apiName, errorCode, errorDomain, noSupport, RemoteError } from '@virtbus/libvirt-rpc';
import type { HostInterface, SimulatedInterfaces } from '../private-fleet/simulated-interfaces.js';
import { listed } from '../handles.js';
import { refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

const noInterface = (by: 'named' | 'with MAC address', value: string): RemoteError =>
  new RemoteError(errorCode.noInterface, errorDomain.none, `Interface not found: couldn't find interface ${by} '${value}'`);

/** The hosts' own interfaces: the fleet as one hypervisor has none, a private fleet has one. */
const interfacesOf = ({ gateway }: Session): readonly HostInterface[] => gateway.simulated?.interfaces.all() ?? [];

/** Only what is simulated can be changed. @throws RemoteError no support */
function simulated({ gateway }: Session, procedure: string): SimulatedInterfaces {
  if (!gateway.simulated) throw noSupport(apiName(procedure));
  return gateway.simulated.interfaces;
}

const handle = ({ name, mac }: HostInterface) => ({ name, mac });

/** virConnectListAllInterfaces: 1 inactive, 2 active. */
const INACTIVE = 1;
const ACTIVE = 2;
const passes = ({ active }: HostInterface, flags: number): boolean =>
  (flags & (INACTIVE | ACTIVE)) === 0 || (flags & (active ? ACTIVE : INACTIVE)) !== 0;

function found(session: Session, by: 'named' | 'with MAC address', value: string): HostInterface {
  const one = interfacesOf(session).find(({ name, mac }) => (by === 'named' ? name : mac) === value);
  if (!one) throw noInterface(by, value);
  return one;
}

const named = (session: Session, active: boolean): readonly string[] =>
  interfacesOf(session).flatMap((each) => (each.active === active ? [each.name] : []));

export const hostInterface: RemoteHandlers = {
  connect_num_of_interfaces: (_, session) => ({ num: named(session, true).length }),
  connect_list_interfaces: (_, session) => ({ names: named(session, true) }),
  connect_num_of_defined_interfaces: (_, session) => ({ num: named(session, false).length }),
  connect_list_defined_interfaces: (_, session) => ({ names: named(session, false) }),
  connect_list_all_interfaces: ({ need_results, flags }, session) => {
    const { list, ret } = listed(
      interfacesOf(session).filter((each) => passes(each, flags)),
      need_results,
    );
    return { ifaces: list.map((each) => handle(each)), ret };
  },
  interface_lookup_by_name: ({ name }, session) => ({ iface: handle(found(session, 'named', name)) }),
  interface_lookup_by_mac_string: ({ mac }, session) => ({ iface: handle(found(session, 'with MAC address', mac)) }),
  interface_get_xml_desc: ({ iface }, session) => ({ xml: found(session, 'named', iface.name).xml }),
  interface_is_active: ({ iface }, session) => ({ active: found(session, 'named', iface.name).active ? 1 : 0 }),
  interface_define_xml: ({ xml, flags }, session) => {
    refuseOtherFlags(flags, 0, 'interface_define_xml');
    return { iface: handle(simulated(session, 'interface_define_xml').define(xml)) };
  },
  interface_undefine: ({ iface }, session) => {
    simulated(session, 'interface_undefine').undefine(found(session, 'named', iface.name));
    return {};
  },
  interface_create: ({ iface, flags }, session) => {
    refuseOtherFlags(flags, 0, 'interface_create');
    simulated(session, 'interface_create').turn(found(session, 'named', iface.name), true);
    return {};
  },
  interface_destroy: ({ iface, flags }, session) => {
    refuseOtherFlags(flags, 0, 'interface_destroy');
    simulated(session, 'interface_destroy').turn(found(session, 'named', iface.name), false);
    return {};
  },
  interface_change_begin: ({ flags }, session) => {
    refuseOtherFlags(flags, 0, 'interface_change_begin');
    simulated(session, 'interface_change_begin').begin();
    return {};
  },
  interface_change_commit: ({ flags }, session) => {
    refuseOtherFlags(flags, 0, 'interface_change_commit');
    simulated(session, 'interface_change_commit').commit();
    return {};
  },
  interface_change_rollback: ({ flags }, session) => {
    refuseOtherFlags(flags, 0, 'interface_change_rollback');
    simulated(session, 'interface_change_rollback').rollback();
    return {};
  },
};
