import { networkPasses, ALL_NETWORK_FILTERS } from './network-filter.js';

/** virConnectListAllStoragePoolsFlags: the pairs of networks, and above them a bit for each type of pool. */
const DIR = 64;
const ALL_TYPES = 0xf_ffc0;

export const ALL_POOL_FILTERS = ALL_NETWORK_FILTERS | ALL_TYPES;

/** Every pool of the fleet is of type dir. */
export const poolPasses = (pool: Parameters<typeof networkPasses>[0], flags: number): boolean =>
  networkPasses(pool, flags) && ((flags & ALL_TYPES) === 0 || (flags & DIR) !== 0);
