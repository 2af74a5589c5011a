import type { RemoteHandlers } from '../remote-handlers.js';

/** Which filter is at work on which port: none, as long as there are no filters. */
export const nwfilterBinding: RemoteHandlers = {
  connect_list_all_nwfilter_bindings: () => ({ bindings: [], ret: 0 }),
};
