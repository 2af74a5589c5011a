import { int, list, maybe, text, uint } from '../xdr/index.js';
import { call } from './procedure.js';
import { nodeDevice } from './values-table.js';

/** The host's devices. */
export const nodeDeviceProcedures = {
  node_num_of_devices: call(111, { cap: maybe(text), flags: uint }, { num: int }, 'connect:search_node_devices'),
  node_list_devices: call(
    112,
    { cap: maybe(text), maxnames: int, flags: uint },
    { names: list(text, 65_536) },
    'connect:search_node_devices',
  ),
  node_device_lookup_by_name: call(113, { name: text }, { dev: nodeDevice }, 'node_device:getattr'),
  node_device_get_xml_desc: call(114, { name: text, flags: uint }, { xml: text }, 'node_device:read'),
  node_device_get_parent: call(115, { name: text }, { parentName: maybe(text) }, 'node_device:read'),
  node_device_num_of_caps: call(116, { name: text }, { num: int }, 'node_device:read'),
  node_device_list_caps: call(117, { name: text, maxnames: int }, { names: list(text, 65_536) }, 'node_device:read'),
  node_device_dettach: call(118, { name: text }, {}, 'node_device:detach'),
  node_device_re_attach: call(119, { name: text }, {}, 'node_device:detach'),
  node_device_reset: call(120, { name: text }, {}, 'node_device:detach'),
  node_device_create_xml: call(123, { xml_desc: text, flags: uint }, { dev: nodeDevice }, 'node_device:start node_device:write'),
  node_device_destroy: call(124, { name: text }, {}, 'node_device:stop'),
  connect_list_all_node_devices: call(
    285,
    { need_results: int, flags: uint },
    { devices: list(nodeDevice, 65_536), ret: uint },
    'connect:search_node_devices',
  ),
  node_device_lookup_scsi_host_by_wwn: call(297, { wwnn: text, wwpn: text, flags: uint }, { dev: nodeDevice }, 'node_device:getattr'),
  node_device_detach_flags: call(301, { name: text, driverName: maybe(text), flags: uint }, {}, 'node_device:detach'),
  node_device_define_xml: call(428, { xml_desc: text, flags: uint }, { dev: nodeDevice }, 'node_device:write'),
  node_device_undefine: call(429, { name: text, flags: uint }, {}, 'node_device:delete'),
  node_device_create: call(430, { name: text, flags: uint }, {}, 'node_device:start'),
  node_device_get_autostart: call(433, { name: text }, { autostart: int }, 'node_device:read'),
  node_device_set_autostart: call(434, { name: text, autostart: int }, {}, 'node_device:write'),
  node_device_is_persistent: call(435, { name: text }, { persistent: int }, 'node_device:read'),
  node_device_is_active: call(436, { name: text }, { active: int }, 'node_device:read'),
  node_device_update: call(447, { name: text, xml_desc: text, flags: uint }, {}, 'node_device:write'),
};
