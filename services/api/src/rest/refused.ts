import { randomUUID } from 'node:crypto';
import { Refusal } from '@virtbus/contracts';
import type { Log } from '@virtbus/messaging';
import type { Caller, Gate } from '../access/index.js';
import { contractOf, type RouteRow } from './route.js';

export interface Telling {
  readonly gate: Gate;
  readonly log: Log;
}

interface Refused {
  readonly caller: Caller;
  readonly row: RouteRow;
  readonly object?: string | undefined;
}

/** Audits a change that the caller may not make, and a credential that is refused. That it cannot be told lets nobody through. */
export async function tellRefused({ gate, log }: Telling, { caller, row, object }: Refused, thrown: unknown): Promise<void> {
  const contract = contractOf(row);
  if (!(thrown instanceof Refusal) || !contract || !isTold(thrown, row)) return;
  try {
    await gate.audit(caller, { commandId: randomUUID(), contract, object }, thrown);
  } catch (cause) {
    log.error('a refusal could not be told as an audit', cause);
  }
}

const isTold = ({ code }: Refusal, { operation, method }: RouteRow): boolean =>
  code === 'unauthenticated' || (code === 'forbidden' && (operation !== undefined || method !== 'GET'));
