import { int, list, maybe, text, uint } from '../xdr/index.js';
import { call } from './procedure.js';
import { domain, domainCheckpoint } from './values-table.js';

/** Checkpoints and backups. */
export const checkpointProcedures = {
  domain_checkpoint_create_xml: call(
    411,
    { dom: domain, xml_desc: text, flags: uint },
    { checkpoint: domainCheckpoint },
    'domain:checkpoint domain:fs_freeze',
  ),
  domain_checkpoint_get_xml_desc: call(412, { checkpoint: domainCheckpoint, flags: uint }, { xml: text }, 'domain:read domain:read_secure'),
  domain_list_all_checkpoints: call(
    413,
    { dom: domain, need_results: int, flags: uint },
    { checkpoints: list(domainCheckpoint, 16_384), ret: int },
    'domain:read',
  ),
  domain_checkpoint_list_all_children: call(
    414,
    { checkpoint: domainCheckpoint, need_results: int, flags: uint },
    { checkpoints: list(domainCheckpoint, 16_384), ret: int },
    'domain:read',
  ),
  domain_checkpoint_lookup_by_name: call(415, { dom: domain, name: text, flags: uint }, { checkpoint: domainCheckpoint }, 'domain:read'),
  domain_checkpoint_get_parent: call(416, { checkpoint: domainCheckpoint, flags: uint }, { parent: domainCheckpoint }, 'domain:read'),
  domain_checkpoint_delete: call(417, { checkpoint: domainCheckpoint, flags: uint }, {}, 'domain:checkpoint'),
  domain_backup_begin: call(
    421,
    { dom: domain, backup_xml: text, checkpoint_xml: maybe(text), flags: uint },
    {},
    'domain:block_write domain:checkpoint',
  ),
  domain_backup_get_xml_desc: call(422, { dom: domain, flags: uint }, { xml: text }, 'domain:read'),
};
