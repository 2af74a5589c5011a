import * as contracts from '@virtbus/contracts';
import { parseFilterBinding } from '@virtbus/libvirt-xml';
import { withoutPlacement } from '../../core/placement-element.js';
import { everyPage } from '../../every-page.js';
import { noBinding } from '../../seen-answers.js';
import { listed } from '../handles.js';
import { refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

type Handle = { readonly portdev: string; readonly filtername: string };

const VALIDATE = 1;

const bindingsOf = async ({ gateway, orders }: Session): Promise<readonly contracts.NwfilterBinding[]> =>
  gateway.simulated
    ? []
    : everyPage(async (page) => {
        const { bindings: items, ...next } = await orders.ask(contracts.listNwfilterBindings, page);
        return { items, ...next };
      });

const handle = ({ portDev, filter }: contracts.NwfilterBinding | contracts.NwfilterBindingId): Handle => ({
  portdev: portDev,
  filtername: filter,
});

/** By its XML, which is as it is now; the list may be a moment behind. @throws Refusal no_nwfilter_binding; invalid_argument, since libvirt's handle has no host */
async function found({ gateway, orders }: Session, portDev: string): Promise<Handle> {
  if (gateway.simulated || !contracts.isLinkName(portDev)) throw noBinding(portDev);
  const { xml } = await orders.ask(contracts.getNwfilterBindingXml, { portDev });
  return { portdev: portDev, filtername: parseFilterBinding(withoutPlacement(xml)).filterref.filter };
}

/** Which filter is at work on which link: of running domains, whose interfaces they come and go with, and those made by hand. */
export const nwfilterBinding: RemoteHandlers = {
  connect_list_all_nwfilter_bindings: async ({ need_results, flags }, session) => {
    refuseOtherFlags(flags, 0, 'connect_list_all_nwfilter_bindings');
    const { list, ret } = listed(await bindingsOf(session), need_results);
    return { bindings: list.map((each) => handle(each)), ret };
  },
  nwfilter_binding_lookup_by_port_dev: async ({ name }, session) => ({ nwfilter: await found(session, name) }),
  nwfilter_binding_get_xml_desc: ({ nwfilter: { portdev }, flags }, { orders }) => {
    refuseOtherFlags(flags, 0, 'nwfilter_binding_get_xml_desc');
    return orders.ask(contracts.getNwfilterBindingXml, { portDev: portdev });
  },
  nwfilter_binding_create_xml: async ({ xml, flags }, { orders }) => {
    refuseOtherFlags(flags, VALIDATE, 'nwfilter_binding_create_xml');
    return { nwfilter: handle(await orders.run(contracts.createNwfilterBinding, { xml })) };
  },
  nwfilter_binding_delete: async ({ nwfilter: { portdev } }, { orders }) => {
    await orders.run(contracts.deleteNwfilterBinding, { portDev: portdev });
    return {};
  },
};
