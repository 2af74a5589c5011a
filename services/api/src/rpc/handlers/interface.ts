import { errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';
import type { RemoteHandlers } from '../remote-handlers.js';

const noInterface = (by: string, value: string): RemoteError =>
  new RemoteError(errorCode.noInterface, errorDomain.none, `Interface not found: couldn't find interface with ${by} '${value}'`);

/** The hosts' own interfaces: the fleet as one hypervisor has none. */
export const hostInterface: RemoteHandlers = {
  connect_num_of_interfaces: () => ({ num: 0 }),
  connect_list_interfaces: () => ({ names: [] }),
  connect_num_of_defined_interfaces: () => ({ num: 0 }),
  connect_list_defined_interfaces: () => ({ names: [] }),
  connect_list_all_interfaces: () => ({ ifaces: [], ret: 0 }),
  interface_lookup_by_name: ({ name }) => {
    throw noInterface('name', name);
  },
  interface_lookup_by_mac_string: ({ mac }) => {
    throw noInterface('MAC address', mac);
  },
};
