import type { DomainHandle } from '../handles.js';
import { invalidOperation, refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

const nothingDone = {
  ...{ timeElapsed: 0n, timeRemaining: 0n, dataTotal: 0n, dataProcessed: 0n, dataRemaining: 0n, memTotal: 0n },
  ...{ memProcessed: 0n, memRemaining: 0n, fileTotal: 0n, fileProcessed: 0n, fileRemaining: 0n },
};
/** virDomainJobType: none. */
const NO_JOB = 0;
const COMPLETED = 1;
const KEEP_COMPLETED = 2;

/** @throws RemoteError when it does not run */
async function running(dom: DomainHandle, { known }: Session): Promise<void> {
  if (!(await known.domain(dom)).active) throw invalidOperation('domain is not running');
}

/** What goes on with a domain in the background: nothing, since no job of a domain outlives its command. */
export const domainJobs: RemoteHandlers = {
  domain_get_control_info: async ({ dom, flags }, session) => {
    refuseOtherFlags(flags, 0, 'domain_get_control_info');
    await running(dom, session);
    return { state: 0, details: 0, stateTime: 0n };
  },
  domain_get_job_info: async ({ dom }, session) => {
    await running(dom, session);
    return { type: NO_JOB, ...nothingDone };
  },
  domain_get_job_stats: async ({ dom, flags }, session) => {
    refuseOtherFlags(flags, COMPLETED | KEEP_COMPLETED, 'domain_get_job_stats');
    await ((flags & COMPLETED) === 0 ? running(dom, session) : session.known.domain(dom));
    return { type: NO_JOB, params: [] };
  },
  domain_abort_job: async ({ dom }, session) => {
    await running(dom, session);
    throw invalidOperation('no job is active on the domain');
  },
  domain_get_disk_errors: async ({ dom, flags }, session) => {
    refuseOtherFlags(flags, 0, 'domain_get_disk_errors');
    await running(dom, session);
    return { errors: [], nerrors: 0 };
  },
};
