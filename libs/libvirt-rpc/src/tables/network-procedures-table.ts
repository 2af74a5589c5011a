import { int, list, maybe, text, uint, uuid } from '../xdr/index.js';
import { call } from './procedure.js';
import { typedParam } from './typed-param.js';
import { network, networkDhcpLease, networkPort } from './values-table.js';

/** Networks and their ports. */
export const networkProcedures = {
  connect_list_defined_networks: call(36, { maxnames: int }, { names: list(text, 16_384) }, 'connect:search_networks'),
  connect_list_networks: call(38, { maxnames: int }, { names: list(text, 16_384) }, 'connect:search_networks'),
  network_create: call(39, { net: network }, {}, 'network:start'),
  network_create_xml: call(40, { xml: text }, { net: network }, 'network:start network:write'),
  network_define_xml: call(41, { xml: text }, { net: network }, 'network:save network:write'),
  network_destroy: call(42, { net: network }, {}, 'network:stop'),
  network_get_xml_desc: call(43, { net: network, flags: uint }, { xml: text }, 'network:read'),
  network_get_autostart: call(44, { net: network }, { autostart: int }, 'network:read'),
  network_get_bridge_name: call(45, { net: network }, { name: text }, 'network:read'),
  network_lookup_by_name: call(46, { name: text }, { net: network }, 'network:getattr'),
  network_lookup_by_uuid: call(47, { uuid }, { net: network }, 'network:getattr'),
  network_set_autostart: call(48, { net: network, autostart: int }, {}, 'network:write'),
  network_undefine: call(49, { net: network }, {}, 'network:delete'),
  connect_num_of_defined_networks: call(50, {}, { num: int }, 'connect:search_networks'),
  connect_num_of_networks: call(52, {}, { num: int }, 'connect:search_networks'),
  network_is_active: call(152, { net: network }, { active: int }, 'network:read'),
  network_is_persistent: call(153, { net: network }, { persistent: int }, 'network:read'),
  connect_list_all_networks: call(
    283,
    { need_results: int, flags: uint },
    { nets: list(network, 16_384), ret: uint },
    'connect:search_networks',
  ),
  network_update: call(
    291,
    { net: network, command: uint, section: uint, parentIndex: int, xml: text, flags: uint },
    {},
    'network:save network:write',
  ),
  network_get_dhcp_leases: call(
    341,
    { net: network, mac: maybe(text), need_results: int, flags: uint },
    { leases: list(networkDhcpLease, 65_536), ret: uint },
    'network:read',
  ),
  network_list_all_ports: call(
    404,
    { network, need_results: int, flags: uint },
    { ports: list(networkPort, 16_384), ret: uint },
    'network:search_ports',
  ),
  network_port_lookup_by_uuid: call(405, { network, uuid }, { port: networkPort }, 'network_port:getattr'),
  network_port_create_xml: call(406, { network, xml: text, flags: uint }, { port: networkPort }, 'network_port:create'),
  network_port_get_parameters: call(
    407,
    { port: networkPort, nparams: int, flags: uint },
    { params: list(typedParam, 16), nparams: int },
    'network_port:read',
  ),
  network_port_set_parameters: call(408, { port: networkPort, params: list(typedParam, 16), flags: uint }, {}, 'network_port:write'),
  network_port_get_xml_desc: call(409, { port: networkPort, flags: uint }, { xml: text }, 'network_port:read'),
  network_port_delete: call(410, { port: networkPort, flags: uint }, {}, 'network_port:delete'),
  network_define_xml_flags: call(432, { xml: text, flags: uint }, { net: network }, 'network:save network:write'),
  network_create_xml_flags: call(437, { xml: text, flags: uint }, { net: network }, 'network:start network:write'),
  network_set_metadata: call(
    444,
    { network, type: int, metadata: maybe(text), key: maybe(text), uri: maybe(text), flags: uint },
    {},
    'network:write',
  ),
  network_get_metadata: call(445, { network, type: int, uri: maybe(text), flags: uint }, { metadata: text }, 'network:read'),
};
