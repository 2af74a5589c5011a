import { errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';
import type { hostInterface as simulated } from '../private-fleet/fixture-table.js';
import { listed } from '../handles.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

type HostInterface = typeof simulated;

const noInterface = (by: string, value: string): RemoteError =>
  new RemoteError(errorCode.noInterface, errorDomain.none, `Interface not found: couldn't find interface with ${by} '${value}'`);

/** The hosts' own interfaces: the fleet as one hypervisor has none, a private fleet has one. */
const interfacesOf = ({ gateway }: Session): readonly HostInterface[] => (gateway.simulated ? [gateway.simulated.hostInterface] : []);

const handle = ({ name, mac }: HostInterface) => ({ name, mac });

/** virConnectListAllInterfaces: 1 inactive, 2 active. */
const INACTIVE = 1;
const ACTIVE = 2;
const passes = ({ active }: HostInterface, flags: number): boolean =>
  (flags & (INACTIVE | ACTIVE)) === 0 || (flags & (active ? ACTIVE : INACTIVE)) !== 0;

function found(session: Session, by: 'name' | 'MAC address', value: string): HostInterface {
  const one = interfacesOf(session).find(({ name, mac }) => (by === 'name' ? name : mac) === value);
  if (!one) throw noInterface(by, value);
  return one;
}

export const hostInterface: RemoteHandlers = {
  connect_num_of_interfaces: (_, session) => ({ num: interfacesOf(session).length }),
  connect_list_interfaces: (_, session) => ({ names: interfacesOf(session).map(({ name }) => name) }),
  connect_num_of_defined_interfaces: () => ({ num: 0 }),
  connect_list_defined_interfaces: () => ({ names: [] }),
  connect_list_all_interfaces: ({ need_results, flags }, session) => {
    const { list, ret } = listed(
      interfacesOf(session).filter((each) => passes(each, flags)),
      need_results,
    );
    return { ifaces: list.map((each) => handle(each)), ret };
  },
  interface_lookup_by_name: ({ name }, session) => ({ iface: handle(found(session, 'name', name)) }),
  interface_lookup_by_mac_string: ({ mac }, session) => ({ iface: handle(found(session, 'MAC address', mac)) }),
  interface_get_xml_desc: ({ iface }, session) => ({ xml: found(session, 'name', iface.name).xml }),
  interface_is_active: ({ iface }, session) => ({ active: found(session, 'name', iface.name).active ? 1 : 0 }),
};
