import * as contracts from '@virtbus/contracts';
import type { Handlers, qemuProcedures } from '@virtbus/libvirt-rpc';
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
};
