import { bytes, int, list, maybe, text, uhyper, uint } from '../xdr/index.js';
import { call } from './procedure.js';
import { typedParam } from './typed-param.js';
import { domain } from './values-table.js';

/** Migration. Most of it is between two daemons. */
export const migrationProcedures = {
  domain_migrate_prepare: call(
    61,
    { uri_in: maybe(text), flags: uhyper, dname: maybe(text), resource: uhyper },
    { cookie: bytes(4_194_304), uri_out: maybe(text) },
    'domain:migrate domain:start domain:write',
  ),
  domain_migrate_perform: call(
    62,
    { dom: domain, cookie: bytes(4_194_304), uri: text, flags: uhyper, dname: maybe(text), resource: uhyper },
    {},
    'domain:migrate',
  ),
  domain_migrate_finish: call(63, { dname: text, cookie: bytes(4_194_304), uri: text, flags: uhyper }, { ddom: domain }, 'domain:migrate'),
  domain_migrate_prepare2: call(
    108,
    { uri_in: maybe(text), flags: uhyper, dname: maybe(text), resource: uhyper, dom_xml: text },
    { cookie: bytes(4_194_304), uri_out: maybe(text) },
    'domain:migrate domain:start domain:write',
  ),
  domain_migrate_finish2: call(
    109,
    { dname: text, cookie: bytes(4_194_304), uri: text, flags: uhyper, retcode: int },
    { ddom: domain },
    'domain:migrate',
  ),
  domain_migrate_prepare_tunnel: call(
    148,
    { flags: uhyper, dname: maybe(text), resource: uhyper, dom_xml: text },
    {},
    'domain:migrate domain:start domain:write',
    'write',
  ),
  domain_migrate_set_max_downtime: call(166, { dom: domain, downtime: uhyper, flags: uint }, {}, 'domain:migrate'),
  domain_migrate_set_max_speed: call(207, { dom: domain, bandwidth: uhyper, flags: uint }, {}, 'domain:migrate'),
  domain_migrate_begin3: call(
    213,
    { dom: domain, xmlin: maybe(text), flags: uhyper, dname: maybe(text), resource: uhyper },
    { cookie_out: bytes(4_194_304), xml: text },
    'domain:migrate',
  ),
  domain_migrate_prepare3: call(
    214,
    { cookie_in: bytes(4_194_304), uri_in: maybe(text), flags: uhyper, dname: maybe(text), resource: uhyper, dom_xml: text },
    { cookie_out: bytes(4_194_304), uri_out: maybe(text) },
    'domain:migrate domain:start domain:write',
  ),
  domain_migrate_prepare_tunnel3: call(
    215,
    { cookie_in: bytes(4_194_304), flags: uhyper, dname: maybe(text), resource: uhyper, dom_xml: text },
    { cookie_out: bytes(4_194_304) },
    'domain:migrate domain:start domain:write',
    'write',
  ),
  domain_migrate_perform3: call(
    216,
    {
      dom: domain,
      xmlin: maybe(text),
      cookie_in: bytes(4_194_304),
      dconnuri: maybe(text),
      uri: maybe(text),
      flags: uhyper,
      dname: maybe(text),
      resource: uhyper,
    },
    { cookie_out: bytes(4_194_304) },
    'domain:migrate',
  ),
  domain_migrate_finish3: call(
    217,
    { dname: text, cookie_in: bytes(4_194_304), dconnuri: maybe(text), uri: maybe(text), flags: uhyper, cancelled: int },
    { dom: domain, cookie_out: bytes(4_194_304) },
    'domain:migrate',
  ),
  domain_migrate_confirm3: call(218, { dom: domain, cookie_in: bytes(4_194_304), flags: uhyper, cancelled: int }, {}, 'domain:migrate'),
  domain_migrate_get_max_speed: call(242, { dom: domain, flags: uint }, { bandwidth: uhyper }, 'domain:migrate'),
  domain_migrate_get_compression_cache: call(299, { dom: domain, flags: uint }, { cacheSize: uhyper }, 'domain:migrate'),
  domain_migrate_set_compression_cache: call(300, { dom: domain, cacheSize: uhyper, flags: uint }, {}, 'domain:migrate'),
  domain_migrate_begin3_params: call(
    302,
    { dom: domain, params: list(typedParam, 64), flags: uint },
    { cookie_out: bytes(4_194_304), xml: text },
    'domain:migrate',
  ),
  domain_migrate_prepare3_params: call(
    303,
    { params: list(typedParam, 64), cookie_in: bytes(4_194_304), flags: uint },
    { cookie_out: bytes(4_194_304), uri_out: maybe(text) },
    'domain:migrate domain:start domain:write',
  ),
  domain_migrate_prepare_tunnel3_params: call(
    304,
    { params: list(typedParam, 64), cookie_in: bytes(4_194_304), flags: uint },
    { cookie_out: bytes(4_194_304) },
    'domain:migrate domain:start domain:write',
  ),
  domain_migrate_perform3_params: call(
    305,
    { dom: domain, dconnuri: maybe(text), params: list(typedParam, 64), cookie_in: bytes(4_194_304), flags: uint },
    { cookie_out: bytes(4_194_304) },
    'domain:migrate',
  ),
  domain_migrate_finish3_params: call(
    306,
    { params: list(typedParam, 64), cookie_in: bytes(4_194_304), flags: uint, cancelled: int },
    { dom: domain, cookie_out: bytes(4_194_304) },
    'domain:migrate',
  ),
  domain_migrate_confirm3_params: call(
    307,
    { dom: domain, params: list(typedParam, 64), cookie_in: bytes(4_194_304), flags: uint, cancelled: int },
    {},
    'domain:migrate',
  ),
  domain_migrate_start_post_copy: call(364, { dom: domain, flags: uint }, {}, 'domain:migrate'),
  domain_migrate_get_max_downtime: call(387, { dom: domain, flags: uint }, { downtime: uhyper }, 'domain:migrate'),
};
