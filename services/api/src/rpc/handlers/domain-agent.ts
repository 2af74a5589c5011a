import type { DomainHandle } from '../handles.js';
import { invalidOperation, noAgent } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

/** @throws RemoteError as of a domain without an agent's channel */
async function askAgent({ dom }: { readonly dom: DomainHandle }, { known }: Session): Promise<never> {
  if (!(await known.domain(dom)).active) throw invalidOperation('domain is not running');
  throw noAgent();
}

/** What only a guest's own agent can say. It is reached by `qemu-agent-command` alone so far. */
export const domainAgent: RemoteHandlers = {
  domain_get_time: askAgent,
  domain_get_guest_info: askAgent,
  domain_get_guest_vcpus: askAgent,
  domain_get_fsinfo: askAgent,
  domain_fsfreeze: askAgent,
  domain_fsthaw: askAgent,
  domain_fstrim: askAgent,
  domain_set_user_password: askAgent,
};
