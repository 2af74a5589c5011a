import * as api from './api/index.js';
import * as hostAgent from './host-agent/index.js';
import * as netd from './netd/index.js';
import * as scheduler from './scheduler/index.js';
import { operationFinished } from './outcome.contract.js';
import type { Contract } from './contract.js';

const isContract = (value: unknown): value is Contract =>
  typeof value === 'object' && value !== null && 'kind' in value && 'owner' in value;

/** Every contract there is, in the order of its subject or bucket. */
export const contracts: readonly Contract[] = [
  ...[api, hostAgent, netd, scheduler].flatMap((module) => Object.values<unknown>(module).filter(isContract)),
  operationFinished,
].toSorted((a, b) => (addressOf(a) < addressOf(b) ? -1 : 1));

/** What tells a contract from every other: its subject, or its bucket. */
export function addressOf(contract: Contract): string {
  return contract.kind === 'bucket' ? contract.bucket : contract.subject;
}
