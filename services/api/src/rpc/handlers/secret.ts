import { errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';
import type { RemoteHandlers } from '../remote-handlers.js';

const noSecret = (words: string): RemoteError => new RemoteError(errorCode.noSecret, errorDomain.secret, `Secret not found: ${words}`);

/** Secrets: the fleet has none yet. */
export const secret: RemoteHandlers = {
  connect_num_of_secrets: () => ({ num: 0 }),
  connect_list_secrets: () => ({ uuids: [] }),
  connect_list_all_secrets: () => ({ secrets: [], ret: 0 }),
  secret_lookup_by_uuid: ({ uuid }) => {
    throw noSecret(`no secret with matching uuid '${uuid}'`);
  },
  secret_lookup_by_usage: ({ usageID }) => {
    throw noSecret(`no secret with matching usage '${usageID}'`);
  },
};
