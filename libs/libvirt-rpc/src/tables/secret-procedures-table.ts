import { bytes, int, list, text, uint, uuid } from '../xdr/index.js';
import { call } from './procedure.js';
import { secret } from './values-table.js';

/** Secrets. */
export const secretProcedures = {
  connect_num_of_secrets: call(139, {}, { num: int }, 'connect:search_secrets'),
  connect_list_secrets: call(140, { maxuuids: int }, { uuids: list(text, 16_384) }, 'connect:search_secrets'),
  secret_lookup_by_uuid: call(141, { uuid }, { secret }, 'secret:getattr'),
  secret_define_xml: call(142, { xml: text, flags: uint }, { secret }, 'secret:save secret:write'),
  secret_get_xml_desc: call(143, { secret, flags: uint }, { xml: text }, 'secret:read'),
  secret_set_value: call(144, { secret, value: bytes(65_536), flags: uint }, {}, 'secret:write'),
  secret_get_value: call(145, { secret, flags: uint }, { value: bytes(65_536) }, 'secret:read_secure'),
  secret_undefine: call(146, { secret }, {}, 'secret:delete'),
  secret_lookup_by_usage: call(147, { usageType: int, usageID: text }, { secret }, 'secret:getattr'),
  connect_list_all_secrets: call(
    287,
    { need_results: int, flags: uint },
    { secrets: list(secret, 16_384), ret: uint },
    'connect:search_secrets',
  ),
};
