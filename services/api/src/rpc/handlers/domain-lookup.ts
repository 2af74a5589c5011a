import type { KnownDomain } from '../../fleet.memory.js';
import { ALL_DOMAIN_FILTERS, domainPasses } from '../core/domain-filter.js';
import { domainHandle, listed } from '../handles.js';
import { refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

const domainsThat = (session: Session, holds: (domain: KnownDomain) => boolean): KnownDomain[] =>
  session.known.domains().filter((domain) => holds(domain));

const active = (session: Session): KnownDomain[] => domainsThat(session, (domain) => domain.active);
const inactive = (session: Session): KnownDomain[] => domainsThat(session, (domain) => !domain.active);

/** Finding domains: one by its handle, or all of them. */
export const domainLookup: RemoteHandlers = {
  domain_lookup_by_name: async ({ name }, { known }) => ({ dom: domainHandle(await known.domainNamed(name)) }),
  domain_lookup_by_uuid: async ({ uuid }, { known }) => ({ dom: domainHandle(await known.domain({ uuid })) }),
  domain_lookup_by_id: ({ id }, { known }) => ({ dom: domainHandle(known.domainWithId(id)) }),
  connect_list_all_domains: ({ need_results, flags }, session) => {
    refuseOtherFlags(flags, ALL_DOMAIN_FILTERS, 'connect_list_all_domains');
    const found = domainsThat(session, (domain) => domainPasses(domain, flags));
    const { list, ret } = listed(found, need_results);
    return { domains: list.map((domain) => domainHandle(domain)), ret };
  },
  connect_num_of_domains: (_, session) => ({ num: active(session).length }),
  connect_list_domains: ({ maxids }, session) => ({
    ids: active(session)
      .slice(0, maxids)
      .map((domain) => domain.id),
  }),
  connect_num_of_defined_domains: (_, session) => ({ num: inactive(session).length }),
  connect_list_defined_domains: ({ maxnames }, session) => ({
    names: inactive(session)
      .slice(0, maxnames)
      .map((domain) => domain.record.name),
  }),
};
