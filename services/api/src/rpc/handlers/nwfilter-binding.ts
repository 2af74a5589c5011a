import * as contracts from '@virtbus/contracts';
import { everyPage } from '../../every-page.js';
import { noBinding } from '../../seen-answers.js';
import { listed } from '../handles.js';
import { refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

const bindingsOf = async ({ gateway, orders }: Session): Promise<readonly contracts.NwfilterBinding[]> =>
  gateway.simulated
    ? []
    : everyPage(async (page) => {
        const { bindings: items, ...next } = await orders.ask(contracts.listNwfilterBindings, page);
        return { items, ...next };
      });

const handle = ({ portDev, filter }: contracts.NwfilterBinding) => ({ portdev: portDev, filtername: filter });

/** Which filter is at work on which link. Bindings come and go with the interfaces of running domains; nobody else makes them. */
export const nwfilterBinding: RemoteHandlers = {
  connect_list_all_nwfilter_bindings: async ({ need_results, flags }, session) => {
    refuseOtherFlags(flags, 0, 'connect_list_all_nwfilter_bindings');
    const { list, ret } = listed(await bindingsOf(session), need_results);
    return { bindings: list.map((each) => handle(each)), ret };
  },
  nwfilter_binding_lookup_by_port_dev: async ({ name }, session) => {
    const binding = (await bindingsOf(session)).find((each) => each.portDev === name);
    if (binding) return { nwfilter: handle(binding) };
    throw noBinding(name);
  },
  nwfilter_binding_get_xml_desc: ({ nwfilter: { portdev }, flags }, { orders }) => {
    refuseOtherFlags(flags, 0, 'nwfilter_binding_get_xml_desc');
    return orders.ask(contracts.getNwfilterBindingXml, { portDev: portdev });
  },
};
