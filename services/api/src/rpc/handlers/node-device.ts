import { errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';
import type { RemoteHandlers } from '../remote-handlers.js';

/** The hosts' devices: the fleet as one hypervisor has none to give away. */
export const nodeDevice: RemoteHandlers = {
  node_num_of_devices: () => ({ num: 0 }),
  node_list_devices: () => ({ names: [] }),
  connect_list_all_node_devices: () => ({ devices: [], ret: 0 }),
  node_device_lookup_by_name: ({ name }) => {
    const words = `Node device not found: no node device with matching name '${name}'`;
    throw new RemoteError(errorCode.noNodeDevice, errorDomain.nodeDevice, words);
  },
};
