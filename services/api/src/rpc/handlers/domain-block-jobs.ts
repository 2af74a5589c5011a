import { definitionOf, diskOf } from '../domain-xml.js';
import type { DomainHandle } from '../handles.js';
import { invalidArgument, invalidOperation } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

/** @throws RemoteError unless a running domain has the disk */
async function disk({ dom, path }: { readonly dom: DomainHandle; readonly path: string }, { known }: Session): Promise<string> {
  const domain = await known.domain(dom);
  if (!domain.active) throw invalidOperation('domain is not running');
  const found = diskOf(definitionOf(domain, false), path);
  if (!found) throw invalidArgument(`disk '${path}' not found in domain`);
  return found.target.dev ?? path;
}

const noJob = (name: string) => invalidOperation(`disk ${name} does not have an active block job`);

/** What goes on with a disk in the background: nothing, since the fleet begins nothing there. */
export const domainBlockJobs: RemoteHandlers = {
  domain_get_block_job_info: async (args, session) => {
    await disk(args, session);
    return { found: 0, type: 0, bandwidth: 0n, cur: 0n, end: 0n };
  },
  domain_block_job_abort: async (args, session) => {
    throw noJob(await disk(args, session));
  },
  domain_block_job_set_speed: async (args, session) => {
    throw noJob(await disk(args, session));
  },
};
