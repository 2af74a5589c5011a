import { uint } from '../xdr/index.js';
import { call } from './procedure.js';
import { domain } from './values-table.js';

/** The program for what only the driver of Linux containers has. */
export const lxcProcedures = {
  domain_open_namespace: call(1, { dom: domain, flags: uint }, {}, 'domain:write'),
};
