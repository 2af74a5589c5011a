import { hyper, int, maybe, text, uint } from '../xdr/index.js';
import { call, event } from './procedure.js';
import { domain } from './values-table.js';

/** The program for what only QEMU's driver has. */
export const qemuProcedures = {
  domain_monitor_command: call(1, { dom: domain, cmd: text, flags: uint }, { result: text }, 'domain:write'),
  domain_attach: call(2, { pid_value: uint, flags: uint }, { dom: domain }, 'domain:start domain:write'),
  domain_agent_command: call(3, { dom: domain, cmd: text, timeout: int, flags: uint }, { result: maybe(text) }, 'domain:write'),
  connect_domain_monitor_event_register: call(
    4,
    { dom: maybe(domain), event: maybe(text), flags: uint },
    { callbackID: int },
    'connect:search_domains connect:write',
  ),
  connect_domain_monitor_event_deregister: call(5, { callbackID: int }, {}, 'connect:write'),
  domain_monitor_command_with_files: call(7, { dom: domain, cmd: text, flags: uint }, { result: text }, 'domain:write'),
};

/** What QEMU's monitors say, told unasked. */
export const qemuEvents = {
  domain_monitor_event: event(6, { callbackID: int, dom: domain, event: text, seconds: hyper, micros: uint, details: maybe(text) }),
};
