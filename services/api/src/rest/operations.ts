/** Carries out the commands behind REST: audited, sent once for each key, waited for as long as the caller likes. */
import { createHash, randomUUID } from 'node:crypto';
import {
  check,
  NetworkPortId,
  PoolLooked,
  VolumeId,
  errors,
  isErrorCode,
  Refusal,
  type CommandContract,
  type Outcome,
  type PayloadOf,
} from '@virtbus/contracts';
import type { Bus } from '@virtbus/messaging';
import type { Caller, Gate, Write } from '../access/index.js';
import type { Freshness } from '../rpc/known.js';
import type { Answer, RestCall } from './call.js';
import { waitMsOf } from './core/negotiate.js';
import { problemOf } from './core/problem.js';
import type { OperationMemory } from './operation-memory.js';

/** How long a caller that says nothing is kept waiting: what only writes a record has ended by then, a guest that starts has mostly. */
const USUAL_WAIT_MS = 5_000;

export interface Order<C extends CommandContract> {
  readonly contract: C;
  readonly payload: PayloadOf<C>;
  /** The object, for the audit. */
  readonly object?: string | undefined;
  readonly project?: string | undefined;
  /** Where what was made is to be found. */
  readonly location?: (result: Readonly<Record<string, unknown>>) => string;
  /** What the caller is shown of the result. */
  readonly show?: (result: object) => object;
  /** Waited for at least so long, whatever the caller prefers: what is shown of it is not kept. */
  readonly atLeastMs?: number;
}

export const operationPath = (id: string): string => `/v1/operations/${encodeURIComponent(id)}`;

export class Operations {
  constructor(
    private readonly bus: Bus,
    private readonly gate: Gate,
    private readonly freshness: Freshness,
    private readonly memory: OperationMemory,
  ) {}

  /** @throws Refusal forbidden …, payload_invalid, idempotency_conflict */
  async run<C extends CommandContract>(call: RestCall, order: Order<C>): Promise<Answer> {
    const contract: CommandContract = order.contract;
    refuseUnmatched(call);
    const payload = check(contract.payload, order.payload);
    const id = this.idOf(call, contract, payload);
    const write: Write = { commandId: id, contract, object: order.object, project: order.project };
    await this.gate.audit(call.caller, write);
    this.memory.begun(id, call.caller.identity, { command: contract.subject, project: order.project });
    const waitMs = Math.max(order.atLeastMs ?? 0, waitMsOf(call.header('prefer'), USUAL_WAIT_MS));
    const { outcome } = await this.bus.order(contract, payload, { id, waitMs, signal: call.gone });
    if (!outcome) return accepted(id, contract);
    this.memory.ended(outcome);
    return this.ended(call, order, outcome);
  }

  /** One key, one command: whoever sends it again has the answer of the first. @throws Refusal payload_invalid */
  private idOf({ caller, header }: RestCall, { subject }: CommandContract, payload: object): string {
    const key = header('idempotency-key');
    if (key === undefined) return randomUUID();
    if (key.length < 1 || key.length > 255)
      throw new Refusal('payload_invalid', 'Idempotency-Key must have 1 to 255 characters', { path: 'Idempotency-Key' });
    // Another caller's key is another key.
    const id = operationOfKey(caller, key);
    const same = this.memory.claims(id, digest(`${subject}\n${JSON.stringify(payload)}`));
    if (!same)
      throw new Refusal('payload_invalid', 'Idempotency-Key was used for another call before; give each call a key of its own', {
        path: 'Idempotency-Key',
      });
    return id;
  }

  /** Whoever has had the answer sees what it says, wherever it asks next. */
  private async ended<C extends CommandContract>(
    call: RestCall,
    { contract, object, location, show }: Order<C>,
    outcome: Outcome,
  ): Promise<Answer> {
    const { ok, result = {}, commandId } = outcome;
    if (!ok) return failed(call, outcome);
    const fields: Readonly<Record<string, unknown>> = { ...result };
    const uuid = fields['uuid'];
    await this.refresh(contract.subject, typeof uuid === 'string' ? uuid : object, result);
    const made = call.row.operation === 'made';
    const headers = { 'virtbus-operation': commandId, ...(made && location ? { location: location(fields) } : {}) };
    return { status: made ? 201 : 200, headers, body: show ? show(result) : result };
  }

  private async refresh(subject: string, reference: string | undefined, result: object): Promise<void> {
    if (subject.startsWith('virtbus.v1.cmd.volume.')) return this.freshness.volume(check(VolumeId, result));
    if (subject.startsWith('virtbus.v1.cmd.port.')) return this.freshness.port(check(NetworkPortId, result));
    if (reference === undefined) return;
    if (subject.startsWith('virtbus.v1.cmd.network.')) await this.freshness.network(reference);
    else if (subject.startsWith('virtbus.v1.cmd.domain.')) await this.freshness.domain(reference);
    else if (subject.startsWith('virtbus.v1.cmd.pool.')) await this.freshness.pool(reference, check(PoolLooked, result));
  }
}

/** A condition that nobody looks at protects nothing, which its sender must know. @throws Refusal payload_invalid */
function refuseUnmatched({ row, header }: RestCall): void {
  if (row.matched || header('if-match') === undefined) return;
  throw new Refusal('payload_invalid', 'If-Match is looked at where a definition is replaced or forgotten, not here', { path: 'If-Match' });
}

/** The operation that a caller's Idempotency-Key stands for. */
export const operationOfKey = ({ identity }: Caller, key: string): string => `key-${digest(`${identity.name}\n${key}`)}`;

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');

function failed({ address }: RestCall, { error, commandId }: Outcome): Answer {
  const code = error && isErrorCode(error.code) ? error.code : 'internal';
  const body = { ...(error ?? { message: 'no words came with the error', libvirt: 1, domain: 0 }), code };
  return {
    status: errors[code].status,
    headers: { 'content-type': 'application/problem+json' },
    body: problemOf(body, address, commandId),
  };
}

const accepted = (id: string, { subject }: CommandContract): Answer => ({
  status: 202,
  headers: { location: operationPath(id), 'virtbus-operation': id, 'preference-applied': 'respond-async' },
  body: { id, status: 'pending', command: subject },
});
