import * as contracts from '@virtbus/contracts';
import { errorCode, errorDomain, RemoteError, type Handlers, type qemuProcedures } from '@virtbus/libvirt-rpc';
import { monitorFlags, nameMatcher } from '../monitor-names.js';
import { refuseOtherFlags } from '../refusals.js';
import type { Session } from '../session.js';

const HMP = 1;
const AGENT_DEFAULT_SECONDS = 5;
const AGENT_LONGEST_SECONDS = 55;

/** virDomainQemuAgentCommandTimeoutValues: what is not positive stands for a time of its own. */
function secondsOf(timeout: number): number {
  if (timeout > 0) return Math.min(timeout, AGENT_LONGEST_SECONDS);
  if (timeout === 0) return 1;
  return timeout === -2 ? AGENT_LONGEST_SECONDS : AGENT_DEFAULT_SECONDS;
}

/** What only QEMU's driver has. Its monitor is root on the host: the contract's call asks for an administrator. */
export const qemu: Handlers<typeof qemuProcedures, Session> = {
  domain_monitor_command: async ({ dom, cmd, flags }, { known, orders }) => {
    refuseOtherFlags(flags, HMP, 'domain_qemu_monitor_command');
    const { record } = await known.domain(dom);
    const monitor = { command: cmd, ...((flags & HMP) !== 0 ? { hmp: true } : {}) };
    const { output } = await orders.run(contracts.runMonitorCommand, { domain: record.uuid, monitor });
    return { result: output };
  },
  domain_agent_command: async ({ dom, cmd, timeout, flags }, { known, orders }) => {
    refuseOtherFlags(flags, 0, 'domain_qemu_agent_command');
    const { record } = await known.domain(dom);
    const agent = { command: cmd, timeoutSeconds: secondsOf(timeout) };
    const { output } = await orders.run(contracts.runAgentCommand, { domain: record.uuid, agent });
    return { result: output };
  },
  connect_domain_monitor_event_register: async ({ dom, event, flags }, session) => {
    refuseOtherFlags(flags, monitorFlags.regex | monitorFlags.noCase, 'connect_domain_qemu_monitor_event_register');
    const object = dom && (await session.known.domain(dom)).record.uuid;
    return { callbackID: await session.hearMonitors({ object, matches: nameMatcher(event, flags) }) };
  },
  connect_domain_monitor_event_deregister: ({ callbackID }, session) => {
    if (session.leaveMonitors(callbackID)) return {};
    throw new RemoteError(errorCode.internal, errorDomain.remote, `internal error: monitor event callback ${callbackID} not registered`);
  },
};
