import { bytes, chars, int, list, maybe, paddedChars, text, uhyper, uint } from '../xdr/index.js';
import { call } from './procedure.js';
import { typedParam } from './typed-param.js';
import { nodeGetCpuStats, nodeGetMemoryStats } from './values-table.js';

/** Connection, authentication, what there is to know of the host. */
export const connectProcedures = {
  connect_open: call(1, { name: maybe(text), flags: uint }, {}, 'connect:getattr'),
  connect_close: call(2, {}, {}, 'none'),
  connect_get_type: call(3, {}, { type: text }, 'connect:getattr'),
  connect_get_version: call(4, {}, { hv_ver: uhyper }, 'connect:getattr'),
  connect_get_max_vcpus: call(5, { type: maybe(text) }, { max_vcpus: int }, 'connect:read'),
  node_get_info: call(
    6,
    {},
    { model: paddedChars(32), memory: uhyper, cpus: int, mhz: int, nodes: int, sockets: int, cores: int, threads: int },
    'connect:read',
  ),
  connect_get_capabilities: call(7, {}, { capabilities: text }, 'connect:read'),
  connect_get_hostname: call(59, {}, { hostname: text }, 'connect:getattr'),
  connect_supports_feature: call(60, { feature: int }, { supported: int }, 'connect:getattr'),
  auth_list: call(66, {}, { types: list(int, 20) }, 'none'),
  auth_sasl_init: call(67, {}, { mechlist: text }, 'none'),
  auth_sasl_start: call(68, { mech: text, nil: int, data: chars(65_536) }, { complete: int, nil: int, data: chars(65_536) }, 'none'),
  auth_sasl_step: call(69, { nil: int, data: chars(65_536) }, { complete: int, nil: int, data: chars(65_536) }, 'none'),
  auth_polkit: call(70, {}, { complete: int }, 'none'),
  node_get_cells_free_memory: call(101, { startCell: int, maxcells: int }, { cells: list(uhyper, 1024) }, 'connect:read'),
  node_get_free_memory: call(102, {}, { freeMem: uhyper }, 'connect:read'),
  connect_get_uri: call(110, {}, { uri: text }, 'connect:getattr'),
  node_get_security_model: call(122, {}, { model: chars(257), doi: chars(257) }, 'connect:read'),
  connect_is_secure: call(149, {}, { secure: int }, 'none'),
  connect_get_lib_version: call(157, {}, { lib_ver: uhyper }, 'connect:getattr'),
  connect_get_sysinfo: call(203, { flags: uint }, { sysinfo: text }, 'connect:read'),
  node_get_cpu_stats: call(
    227,
    { cpuNum: int, nparams: int, flags: uint },
    { params: list(nodeGetCpuStats, 16), nparams: int },
    'connect:read',
  ),
  node_get_memory_stats: call(
    228,
    { nparams: int, cellNum: int, flags: uint },
    { params: list(nodeGetMemoryStats, 16), nparams: int },
    'connect:read',
  ),
  node_suspend_for_duration: call(250, { target: uint, duration: uhyper, flags: uint }, {}, 'connect:pm_control'),
  node_set_memory_parameters: call(288, { params: list(typedParam, 64), flags: uint }, {}, 'connect:write'),
  node_get_memory_parameters: call(289, { nparams: int, flags: uint }, { params: list(typedParam, 64), nparams: int }, 'connect:read'),
  node_get_cpu_map: call(
    293,
    { need_map: int, need_online: int, flags: uint },
    { cpumap: bytes(2048), online: uint, ret: int },
    'connect:read',
  ),
  node_get_free_pages: call(
    340,
    { pages: list(uint, 1024), startCell: int, cellCount: uint, flags: uint },
    { counts: list(uhyper, 1024) },
    'connect:read',
  ),
  connect_get_domain_capabilities: call(
    342,
    { emulatorbin: maybe(text), arch: maybe(text), machine: maybe(text), virttype: maybe(text), flags: uint },
    { capabilities: text },
    'connect:write',
  ),
  node_alloc_pages: call(
    347,
    { pageSizes: list(uint, 1024), pageCounts: list(uhyper, 1024), startCell: int, cellCount: uint, flags: uint },
    { ret: int },
    'connect:write',
  ),
  connect_register_close_callback: call(360, {}, {}, 'connect:getattr'),
  connect_unregister_close_callback: call(361, {}, {}, 'connect:getattr'),
  node_get_sev_info: call(395, { nparams: int, flags: uint }, { params: list(typedParam, 64), nparams: int }, 'connect:read'),
  connect_set_identity: call(419, { params: list(typedParam, 20), flags: uint }, {}, 'connect:write'),
};
