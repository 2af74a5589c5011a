import { int, list, text, uint } from '../xdr/index.js';
import { call } from './procedure.js';
import { hostInterface } from './values-table.js';

/** The host's own interfaces. */
export const interfaceProcedures = {
  connect_num_of_interfaces: call(126, {}, { num: int }, 'connect:search_interfaces'),
  connect_list_interfaces: call(127, { maxnames: int }, { names: list(text, 16_384) }, 'connect:search_interfaces'),
  interface_lookup_by_name: call(128, { name: text }, { iface: hostInterface }, 'interface:getattr'),
  interface_lookup_by_mac_string: call(129, { mac: text }, { iface: hostInterface }, 'interface:getattr'),
  interface_get_xml_desc: call(130, { iface: hostInterface, flags: uint }, { xml: text }, 'interface:read'),
  interface_define_xml: call(131, { xml: text, flags: uint }, { iface: hostInterface }, 'interface:save interface:write'),
  interface_undefine: call(132, { iface: hostInterface }, {}, 'interface:delete'),
  interface_create: call(133, { iface: hostInterface, flags: uint }, {}, 'interface:start'),
  interface_destroy: call(134, { iface: hostInterface, flags: uint }, {}, 'interface:stop'),
  connect_num_of_defined_interfaces: call(137, {}, { num: int }, 'connect:search_interfaces'),
  connect_list_defined_interfaces: call(138, { maxnames: int }, { names: list(text, 16_384) }, 'connect:search_interfaces'),
  interface_is_active: call(156, { iface: hostInterface }, { active: int }, 'interface:read'),
  interface_change_begin: call(220, { flags: uint }, {}, 'connect:interface_transaction'),
  interface_change_commit: call(221, { flags: uint }, {}, 'connect:interface_transaction'),
  interface_change_rollback: call(222, { flags: uint }, {}, 'connect:interface_transaction'),
  connect_list_all_interfaces: call(
    284,
    { need_results: int, flags: uint },
    { ifaces: list(hostInterface, 16_384), ret: uint },
    'connect:search_interfaces',
  ),
};
