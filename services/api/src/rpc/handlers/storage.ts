import { errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';
import type { RemoteHandlers } from '../remote-handlers.js';

const noPool = (by: string, value: string): RemoteError =>
  new RemoteError(errorCode.noStoragePool, errorDomain.storage, `Storage pool not found: no storage pool with matching ${by} '${value}'`);
const noVolume = (by: string, value: string): RemoteError =>
  new RemoteError(errorCode.noStorageVol, errorDomain.storage, `Storage volume not found: no storage vol with matching ${by} '${value}'`);

/** Storage pools and their volumes: the fleet has none yet. */
export const storage: RemoteHandlers = {
  connect_num_of_storage_pools: () => ({ num: 0 }),
  connect_list_storage_pools: () => ({ names: [] }),
  connect_num_of_defined_storage_pools: () => ({ num: 0 }),
  connect_list_defined_storage_pools: () => ({ names: [] }),
  connect_list_all_storage_pools: () => ({ pools: [], ret: 0 }),
  storage_pool_lookup_by_name: ({ name }) => {
    throw noPool('name', name);
  },
  storage_pool_lookup_by_uuid: ({ uuid }) => {
    throw noPool('uuid', uuid);
  },
  storage_vol_lookup_by_key: ({ key }) => {
    throw noVolume('key', key);
  },
  storage_vol_lookup_by_path: ({ path }) => {
    throw noVolume('path', path);
  },
};
