/**
 * Sends a command and waits for its outcome.
 *
 * The outcome is awaited on its own subject, by a subscription that goes out on the same connection just before the command:
 * two short lines to the server, no round trip. One shared subscription for all outcomes of the fleet would bring every client
 * every outcome; an inbox of the sender would have to travel with the command through every service that hands it on, and
 * plain producers would have to know about it. What the subscription may miss (the connection was lost meanwhile; in a cluster,
 * interest takes a moment to spread) is read from the events stream.
 */
import { SpanKind } from '@opentelemetry/api';
import { check, decode, operationFinished, Refusal, subjectOf, type CommandContract, type Outcome } from '@virtbus/contracts';
import { inSpan } from '@virtbus/telemetry';
import { randomUUID } from 'node:crypto';
import { deferred } from './deferred.js';
import type { Link } from './link.js';
import type { PayloadOf, ReplyOf, Tokens } from './names.js';
import { operationToken } from './operation-token.js';
import { keptOutcome, outcomeSubject } from './outcome.js';
import { mayPass } from './passing.js';
import { send } from './send.js';
import { spanOf } from './spans.js';
import { reasonOf } from './wait.js';

export interface RunOptions {
  /** The idempotency key; a new one when absent. With the key of an earlier command the outcome is that command's. */
  readonly id?: string;
  readonly deadline?: Date;
  /** How long to wait for the outcome. Default: until the deadline, and a minute for what is begun by then. */
  readonly timeoutMs?: number;
  /** Ends the waiting, not the command. */
  readonly signal?: AbortSignal;
}

const LOOK_EVERY_MS = 5_000;
const GRACE_MS = 60_000;

/** @throws Refusal the outcome's own; host_unreachable or service_unreachable when none comes in time; the signal's reason. */
export function run<C extends CommandContract>(
  link: Link,
  contract: C,
  payload: PayloadOf<C>,
  options: RunOptions & { readonly tokens?: Tokens },
): Promise<ReplyOf<C>> {
  const commandId = operationToken(options.id ?? randomUUID());
  const span = spanOf('run', contract, subjectOf(contract, options.tokens ?? {}), { messagingConversationId: commandId });
  const work = async (): Promise<ReplyOf<C>> => {
    const waiting = new OutcomeWait(link, contract, { ...options, commandId });
    try {
      const sending = send(link, contract, payload, { ...options, id: commandId }).then(({ duplicate }) => waiting.sent(duplicate));
      // Whichever comes first: a failure to send, or the outcome, which may even overtake the acknowledgement.
      const outcome = await Promise.race([waiting.outcome, sending.then(() => waiting.outcome)]);
      return replyOf(contract, outcome);
    } finally {
      waiting.close();
    }
  };
  return inSpan(span.name, span.attributes, work, { kind: SpanKind.CLIENT });
}

export interface OrderOptions extends Omit<RunOptions, 'timeoutMs'> {
  /** How long to wait for the outcome; 0 for not at all. */
  readonly waitMs: number;
}

export interface Ordered {
  readonly commandId: string;
  /** Absent while the command has not ended. */
  readonly outcome?: Outcome;
}

/** Sends a command and waits a while for its outcome, which is an answer here, well or not. @throws Refusal when it cannot be kept */
export async function order<C extends CommandContract>(
  link: Link,
  contract: C,
  payload: PayloadOf<C>,
  { waitMs, ...options }: OrderOptions & { readonly tokens?: Tokens },
): Promise<Ordered> {
  const commandId = operationToken(options.id ?? randomUUID());
  const sent = () => send(link, contract, payload, { ...options, id: commandId });
  if (waitMs <= 0) return { commandId: (await sent()).commandId };
  const waiting = new OutcomeWait(link, contract, { ...options, commandId, timeoutMs: waitMs });
  const sending = sent().then(({ duplicate }) => waiting.sent(duplicate));
  return { commandId, ...(await ended(waiting, sending)) };
}

/** The outcome of a command that was sent at some time, if it comes soon enough. */
export async function outcomeOf(link: Link, commandId: string, waitMs: number): Promise<Outcome | undefined> {
  const kept = await keptOutcome(link, commandId);
  if (kept) return decode(operationFinished.payload, kept);
  if (waitMs <= 0) return undefined;
  const waiting = new OutcomeWait(link, { subject: `command ${commandId}`, owner: 'api', deadlineMs: 0 }, { commandId, timeoutMs: waitMs });
  waiting.sent(true);
  return (await ended(waiting, Promise.resolve())).outcome;
}

async function ended(waiting: OutcomeWait, sending: Promise<void>): Promise<{ readonly outcome?: Outcome }> {
  try {
    return { outcome: await Promise.race([waiting.outcome, sending.then(() => waiting.outcome)]) };
  } catch (thrown) {
    if (thrown instanceof Overdue) return {};
    throw thrown;
  } finally {
    waiting.close();
  }
}

/** No outcome has come in time. */
class Overdue extends Refusal {}

function replyOf<C extends CommandContract>(contract: C, { ok, result, error }: Outcome): ReplyOf<C> {
  if (ok) return check(contract.reply, result ?? {}) as ReplyOf<C>;
  throw Refusal.fromBody(error as Parameters<typeof Refusal.fromBody>[0]);
}

type AwaitedCommand = Pick<CommandContract, 'subject' | 'owner' | 'deadlineMs'>;

interface WaitOptions extends RunOptions {
  readonly commandId: string;
}

class OutcomeWait {
  readonly #outcome = deferred<Outcome>();
  readonly #link: Link;
  readonly #commandId: string;
  readonly #ends: (() => void)[] = [];

  constructor(link: Link, contract: AwaitedCommand, { commandId, signal, deadline, timeoutMs }: WaitOptions) {
    this.#link = link;
    this.#commandId = commandId;
    // Nobody listens to it any more when sending fails first.
    this.outcome.catch(() => undefined);
    this.#listen();
    const beginMs = deadline ? Math.max(0, deadline.getTime() - Date.now()) : contract.deadlineMs;
    const waitMs = timeoutMs ?? beginMs + GRACE_MS;
    const timer = setTimeout(() => this.#outcome.reject(noOutcome(contract, commandId, waitMs)), waitMs);
    const abort = (): void => this.#outcome.reject(reasonOf(signal));
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
    this.#ends.push(
      () => clearTimeout(timer),
      () => signal?.removeEventListener('abort', abort),
    );
  }

  get outcome(): Promise<Outcome> {
    return this.#outcome.promise;
  }

  /** The command is kept. One that was kept before may have ended before. */
  sent(duplicate: boolean): void {
    if (duplicate) this.#look();
  }

  close(): void {
    for (const end of this.#ends) end();
  }

  #listen(): void {
    const subscription = this.#link.nc.subscribe(outcomeSubject(this.#commandId), {
      callback: (error, message) => (error ? this.#outcome.reject(error) : this.#take(message.data)),
    });
    const timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#ends.push(
      () => subscription.unsubscribe(),
      () => clearInterval(timer),
      this.#link.onReconnect(() => this.#look()),
    );
  }

  #look(): void {
    keptOutcome(this.#link, this.#commandId).then(
      (bytes) => bytes && this.#take(bytes),
      (cause: Error) => (mayPass(cause) ? undefined : this.#outcome.reject(cause)),
    );
  }

  #take(bytes: Uint8Array): void {
    try {
      this.#outcome.resolve(decode(operationFinished.payload, bytes));
    } catch (cause) {
      this.#outcome.reject(cause instanceof Error ? cause : new Error(String(cause)));
    }
  }
}

function noOutcome(contract: AwaitedCommand, commandId: string, waitedMs: number): Refusal {
  const words = `${contract.subject} (command ${commandId}) has not ended within ${Math.round(waitedMs / 1000)} s; it may still: see its outcome later, or whether ${contract.owner} runs`;
  return new Overdue(contract.owner === 'host-agent' ? 'host_unreachable' : 'service_unreachable', words);
}
