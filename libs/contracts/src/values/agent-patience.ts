import type { DomainRecord } from '../api/facts.contract.js';

/** virDomainAgentResponseTimeoutValues: for ever, as long as usual. */
export const AGENT_BLOCK = -2;
const DEFAULT = -1;
/** Nobody waits longer for the outcome of a command. Seconds. */
const LONGEST = 55;
const SHORTEST = 1;

/** How long a domain's agent is waited for; nothing is as long as usual. */
export function agentPatience({ agentSeconds = DEFAULT }: Pick<DomainRecord, 'agentSeconds'>): { readonly timeoutSeconds?: number } {
  if (agentSeconds === DEFAULT) return {};
  return { timeoutSeconds: agentSeconds === AGENT_BLOCK ? LONGEST : Math.min(LONGEST, Math.max(SHORTEST, agentSeconds)) };
}
