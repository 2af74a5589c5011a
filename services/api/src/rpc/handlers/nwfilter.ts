import { errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';
import type { RemoteHandlers } from '../remote-handlers.js';

const noFilter = (by: string, value: string): RemoteError =>
  new RemoteError(errorCode.noNwfilter, errorDomain.nwfilter, `Network filter not found: no nwfilter with matching ${by} '${value}'`);

/** Network filters: the fleet has none yet. */
export const nwfilter: RemoteHandlers = {
  connect_num_of_nwfilters: () => ({ num: 0 }),
  connect_list_nwfilters: () => ({ names: [] }),
  connect_list_all_nwfilters: () => ({ filters: [], ret: 0 }),
  nwfilter_lookup_by_name: ({ name }) => {
    throw noFilter('name', name);
  },
  nwfilter_lookup_by_uuid: ({ uuid }) => {
    throw noFilter('uuid', uuid);
  },
};
