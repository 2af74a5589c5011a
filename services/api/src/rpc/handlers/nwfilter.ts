import * as contracts from '@virtbus/contracts';
import { errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';
import { parseNwfilter } from '@virtbus/libvirt-xml';
import { everyPage } from '../../every-page.js';
import { listed } from '../handles.js';
import { refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

type Filter = contracts.ObjectId;

const VALIDATE = 1;

/** By name. A private fleet has none. */
const filtersOf = async ({ gateway, orders }: Session): Promise<readonly Filter[]> =>
  gateway.simulated
    ? []
    : everyPage(async (page) => {
        const { filters: items, ...next } = await orders.ask(contracts.listNwfilters, page);
        return { items, ...next };
      });

/** The list may be a moment behind; what is made here is then asked for by itself. @throws RemoteError no filter */
async function found(session: Session, by: 'name' | 'uuid', value: string): Promise<{ readonly nwfilter: Filter }> {
  const nwfilter = (await filtersOf(session)).find((each) => each[by] === value) ?? (await newest(session, value));
  if (nwfilter?.[by] === value) return { nwfilter };
  const words = `Network filter not found: no nwfilter with matching ${by} '${value}'`;
  throw new RemoteError(errorCode.noNwfilter, errorDomain.nwfilter, words);
}

async function newest({ gateway, orders }: Session, filter: string): Promise<Filter | undefined> {
  if (gateway.simulated || !contracts.isObjectName(filter)) return undefined;
  const answer = await orders.ask(contracts.getNwfilterXml, { filter }).catch((thrown: unknown) => {
    if (thrown instanceof contracts.Refusal && thrown.code === 'no_nwfilter') return undefined;
    throw thrown;
  });
  const { name, uuid } = answer ? parseNwfilter(answer.xml) : {};
  return name === undefined || uuid === undefined ? undefined : { name, uuid };
}

const define = async (xml: string, { orders }: Session): Promise<{ readonly nwfilter: Filter }> => ({
  nwfilter: await orders.run(contracts.defineNwfilter, { xml }),
});

/** Network filters: the fleet's own, which every host has. */
export const nwfilter: RemoteHandlers = {
  connect_num_of_nwfilters: async (_, session) => ({ num: (await filtersOf(session)).length }),
  connect_list_nwfilters: async ({ maxnames }, session) => ({
    names: (await filtersOf(session)).slice(0, maxnames).map(({ name }) => name),
  }),
  connect_list_all_nwfilters: async ({ need_results, flags }, session) => {
    refuseOtherFlags(flags, 0, 'connect_list_all_nwfilters');
    const { list, ret } = listed(await filtersOf(session), need_results);
    return { filters: list, ret };
  },
  nwfilter_lookup_by_name: ({ name }, session) => found(session, 'name', name),
  nwfilter_lookup_by_uuid: ({ uuid }, session) => found(session, 'uuid', uuid),
  nwfilter_get_xml_desc: async ({ nwfilter: { uuid }, flags }, session) => {
    refuseOtherFlags(flags, 0, 'nwfilter_get_xml_desc');
    await found(session, 'uuid', uuid);
    return session.orders.ask(contracts.getNwfilterXml, { filter: uuid });
  },
  nwfilter_define_xml: ({ xml }, session) => define(xml, session),
  nwfilter_define_xml_flags: ({ xml, flags }, session) => {
    refuseOtherFlags(flags, VALIDATE, 'nwfilter_define_xml_flags');
    return define(xml, session);
  },
  nwfilter_undefine: async ({ nwfilter: { uuid } }, session) => {
    await found(session, 'uuid', uuid);
    await session.orders.run(contracts.undefineNwfilter, { filter: uuid });
    return {};
  },
};
