import { errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';
import type { RemoteHandlers } from '../remote-handlers.js';

/** Checkpoints: no domain has any. */
export const checkpoint: RemoteHandlers = {
  domain_list_all_checkpoints: async ({ dom }, { known }) => {
    await known.domain(dom);
    return { checkpoints: [], ret: 0 };
  },
  domain_checkpoint_lookup_by_name: async ({ dom, name }, { known }) => {
    await known.domain(dom);
    const words = `Domain checkpoint not found: no domain checkpoint with matching name '${name}'`;
    throw new RemoteError(errorCode.noDomainCheckpoint, errorDomain.qemu, words);
  },
};
