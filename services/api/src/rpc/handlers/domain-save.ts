import { apiName, noSupport } from '@virtbus/libvirt-rpc';
import type { DomainHandle } from '../handles.js';
import { invalidOperation } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

/** @throws RemoteError always: of a domain that does not run there is nothing to save, and of one that runs nobody saves it. */
const refuse =
  (procedure: string) =>
  async ({ dom }: { readonly dom: DomainHandle }, { known }: Session): Promise<never> => {
    if (!(await known.domain(dom)).active) throw invalidOperation('domain is not running');
    throw noSupport(apiName(procedure));
  };

const noImage = async ({ dom }: { readonly dom: DomainHandle }, { known }: Session): Promise<never> => {
  await known.domain(dom);
  throw invalidOperation('domain does not have managed save image');
};

/** Guests' memory in files: no domain has any. */
export const domainSave: RemoteHandlers = {
  domain_save: refuse('domain_save'),
  domain_save_flags: refuse('domain_save_flags'),
  domain_managed_save: refuse('domain_managed_save'),
  domain_managed_save_get_xml_desc: noImage,
  domain_managed_save_define_xml: noImage,
};
