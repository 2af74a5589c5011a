import { int, maybe } from '../xdr/index.js';
import { call } from './procedure.js';
import { domain, network, nodeDevice, secret, storagePool } from './values-table.js';

/** Where a client says which events it wants. */
export const registrationProcedures = {
  connect_domain_event_register: call(105, {}, { cb_registered: int }, 'connect:search_domains'),
  connect_domain_event_deregister: call(106, {}, { cb_registered: int }, 'connect:read'),
  connect_domain_event_register_any: call(167, { eventID: int }, {}, 'connect:search_domains'),
  connect_domain_event_deregister_any: call(168, { eventID: int }, {}, 'connect:read'),
  connect_network_event_register_any: call(313, { eventID: int, net: maybe(network) }, { callbackID: int }, 'connect:search_networks'),
  connect_network_event_deregister_any: call(314, { callbackID: int }, {}, 'connect:read'),
  connect_domain_event_callback_register_any: call(
    316,
    { eventID: int, dom: maybe(domain) },
    { callbackID: int },
    'connect:search_domains',
  ),
  connect_domain_event_callback_deregister_any: call(317, { callbackID: int }, {}, 'connect:read'),
  connect_storage_pool_event_register_any: call(
    368,
    { eventID: int, pool: maybe(storagePool) },
    { callbackID: int },
    'connect:search_storage_pools',
  ),
  connect_storage_pool_event_deregister_any: call(369, { callbackID: int }, {}, 'connect:read'),
  connect_node_device_event_register_any: call(
    374,
    { eventID: int, dev: maybe(nodeDevice) },
    { callbackID: int },
    'connect:search_node_devices',
  ),
  connect_node_device_event_deregister_any: call(375, { callbackID: int }, {}, 'connect:read'),
  connect_secret_event_register_any: call(380, { eventID: int, secret: maybe(secret) }, { callbackID: int }, 'connect:search_secrets'),
  connect_secret_event_deregister_any: call(381, { callbackID: int }, {}, 'connect:read'),
};
