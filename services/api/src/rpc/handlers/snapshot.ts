import { apiName, errorCode, errorDomain, noSupport, RemoteError } from '@virtbus/libvirt-rpc';
import { definitionOf } from '../domain-xml.js';
import type { DomainHandle } from '../handles.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

const noSnapshot = (words: string): RemoteError =>
  new RemoteError(errorCode.noDomainSnapshot, errorDomain.snapshot, `Domain snapshot not found: ${words}`);

/** The domain is there, and has no snapshots: no domain has. @throws RemoteError */
const none = async <T>({ dom }: { readonly dom: DomainHandle }, { known }: Session, answer: T): Promise<T> => {
  await known.domain(dom);
  return answer;
};

export const snapshot: RemoteHandlers = {
  domain_snapshot_num: (args, session) => none(args, session, { num: 0 }),
  domain_snapshot_list_names: (args, session) => none(args, session, { names: [] }),
  domain_list_all_snapshots: (args, session) => none(args, session, { snapshots: [], ret: 0 }),
  domain_has_current_snapshot: (args, session) => none(args, session, { result: 0 }),
  domain_snapshot_current: async (args, session) => {
    await session.known.domain(args.dom);
    throw noSnapshot('the domain does not have a current snapshot');
  },
  domain_snapshot_create_xml: async ({ dom }, { known }) => {
    const domain = await known.domain(dom);
    if (definitionOf(domain, false).devices.disk.length > 0) throw noSupport(apiName('domain_snapshot_create_xml'));
    const words = domain.active
      ? 'internal and full system snapshots require all disks to be selected for snapshot'
      : 'nothing selected for snapshot';
    throw new RemoteError(errorCode.configUnsupported, errorDomain.qemu, `unsupported configuration: ${words}`);
  },
  domain_snapshot_lookup_by_name: async (args, session) => {
    await session.known.domain(args.dom);
    throw noSnapshot(`no domain snapshot with matching name '${args.name}'`);
  },
};
