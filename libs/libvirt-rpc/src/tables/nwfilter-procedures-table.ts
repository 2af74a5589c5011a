import { int, list, text, uint, uuid } from '../xdr/index.js';
import { call } from './procedure.js';
import { nwfilter, nwfilterBinding } from './values-table.js';

/** Network filters and their bindings. */
export const nwfilterProcedures = {
  nwfilter_lookup_by_name: call(175, { name: text }, { nwfilter }, 'nwfilter:getattr'),
  nwfilter_lookup_by_uuid: call(176, { uuid }, { nwfilter }, 'nwfilter:getattr'),
  nwfilter_get_xml_desc: call(177, { nwfilter, flags: uint }, { xml: text }, 'nwfilter:read'),
  connect_num_of_nwfilters: call(178, {}, { num: int }, 'connect:search_nwfilters'),
  connect_list_nwfilters: call(179, { maxnames: int }, { names: list(text, 16_384) }, 'connect:search_nwfilters'),
  nwfilter_define_xml: call(180, { xml: text }, { nwfilter }, 'nwfilter:save nwfilter:write'),
  nwfilter_undefine: call(181, { nwfilter }, {}, 'nwfilter:delete'),
  connect_list_all_nwfilters: call(
    286,
    { need_results: int, flags: uint },
    { filters: list(nwfilter, 16_384), ret: uint },
    'connect:search_nwfilters',
  ),
  nwfilter_binding_lookup_by_port_dev: call(397, { name: text }, { nwfilter: nwfilterBinding }, 'nwfilter_binding:getattr'),
  nwfilter_binding_get_xml_desc: call(398, { nwfilter: nwfilterBinding, flags: uint }, { xml: text }, 'nwfilter_binding:read'),
  nwfilter_binding_create_xml: call(399, { xml: text, flags: uint }, { nwfilter: nwfilterBinding }, 'nwfilter_binding:create'),
  nwfilter_binding_delete: call(400, { nwfilter: nwfilterBinding }, {}, 'nwfilter_binding:delete'),
  connect_list_all_nwfilter_bindings: call(
    401,
    { need_results: int, flags: uint },
    { bindings: list(nwfilterBinding, 16_384), ret: uint },
    'connect:search_nwfilter_bindings',
  ),
  nwfilter_define_xml_flags: call(431, { xml: text, flags: uint }, { nwfilter }, 'nwfilter:save nwfilter:write'),
};
