import { int, list, text, uint } from '../xdr/index.js';
import { call } from './procedure.js';
import { domain, domainSnapshot } from './values-table.js';

/** Snapshots. */
export const snapshotProcedures = {
  domain_snapshot_create_xml: call(
    185,
    { dom: domain, xml_desc: text, flags: uint },
    { snap: domainSnapshot },
    'domain:fs_freeze domain:snapshot',
  ),
  domain_snapshot_get_xml_desc: call(186, { snap: domainSnapshot, flags: uint }, { xml: text }, 'domain:read domain:read_secure'),
  domain_snapshot_num: call(187, { dom: domain, flags: uint }, { num: int }, 'domain:read'),
  domain_snapshot_list_names: call(188, { dom: domain, maxnames: int, flags: uint }, { names: list(text, 16_384) }, 'domain:read'),
  domain_snapshot_lookup_by_name: call(189, { dom: domain, name: text, flags: uint }, { snap: domainSnapshot }, 'domain:read'),
  domain_has_current_snapshot: call(190, { dom: domain, flags: uint }, { result: int }, 'domain:read'),
  domain_snapshot_current: call(191, { dom: domain, flags: uint }, { snap: domainSnapshot }, 'domain:read'),
  domain_revert_to_snapshot: call(192, { snap: domainSnapshot, flags: uint }, {}, 'domain:snapshot'),
  domain_snapshot_delete: call(193, { snap: domainSnapshot, flags: uint }, {}, 'domain:snapshot'),
  domain_snapshot_get_parent: call(244, { snap: domainSnapshot, flags: uint }, { snap: domainSnapshot }, 'domain:read'),
  domain_snapshot_num_children: call(246, { snap: domainSnapshot, flags: uint }, { num: int }, 'domain:read'),
  domain_snapshot_list_children_names: call(
    247,
    { snap: domainSnapshot, maxnames: int, flags: uint },
    { names: list(text, 16_384) },
    'domain:read',
  ),
  domain_snapshot_is_current: call(271, { snap: domainSnapshot, flags: uint }, { current: int }, 'domain:read'),
  domain_snapshot_has_metadata: call(272, { snap: domainSnapshot, flags: uint }, { metadata: int }, 'domain:read'),
  domain_list_all_snapshots: call(
    274,
    { dom: domain, need_results: int, flags: uint },
    { snapshots: list(domainSnapshot, 16_384), ret: int },
    'domain:read',
  ),
  domain_snapshot_list_all_children: call(
    275,
    { snapshot: domainSnapshot, need_results: int, flags: uint },
    { snapshots: list(domainSnapshot, 16_384), ret: int },
    'domain:read',
  ),
};
