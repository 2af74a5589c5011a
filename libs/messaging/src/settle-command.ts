/**
 * Brings each delivered command to its one outcome.
 *
 *     settled before ──▶ ack                                  too late, bad payload, refused ──▶ outcome ──▶ ack
 *     handler: reply ──▶ outcome ──▶ ack                      unreadable or exhausted ──▶ also a dead letter
 *     handler: handed on ──▶ ack                              handler threw ──▶ nak with back-off, the last time as above
 *
 * The outcome is kept before the acknowledgement: a crash between the two is repaired by the redelivery, which finds it.
 */
import { SpanKind, trace } from '@opentelemetry/api';
import { decode, Refusal, refusalFrom, type CommandContract } from '@virtbus/contracts';
import { failSpan, inSpan } from '@virtbus/telemetry';
import type { BoundHandler } from './bound-handler.js';
import { callUntil, Interrupted } from './call-until.js';
import type { MessageContext } from './context.js';
import { bury } from './dead-letter.js';
import type { Delivery } from './delivery.js';
import { traceOf } from './envelope.js';
import { handedOn } from './handed-on.js';
import { commandIdOf, contextOf } from './identity.js';
import type { Link } from './link.js';
import { keptOutcome, publishOutcome, type Result } from './outcome.js';
import { isExhausted, isLast, isTooLate, MAX_DELIVERIES, nextDeliveryMs } from './redelivery.js';
import { spanOf } from './spans.js';

export interface CommandHandler extends BoundHandler {
  readonly contract: CommandContract;
}

export interface Settling {
  readonly link: Link;
  readonly stream: string;
  readonly consumer: string;
  readonly handlerOf: (subject: string) => CommandHandler | undefined;
  /** Aborted when the service closes: what waits for another try is given back. */
  readonly closing: AbortSignal;
}

/** How one delivery ends. */
type Verdict =
  | { readonly type: 'settled'; readonly result: Result; readonly dead?: boolean }
  | { readonly type: 'handed_on' }
  | { readonly type: 'again'; readonly afterMs: number };

/** Never throws: what cannot be settled now is delivered again. */
export async function settleCommand(settling: Settling, delivery: Delivery): Promise<void> {
  try {
    if (await wasSettled(settling, delivery)) return delivery.ack();
    await settle(settling, delivery);
  } catch (cause) {
    settling.link.log.error(
      `${delivery.subject} (${settling.stream} ${delivery.sequence}) could not be settled; it will be delivered again`,
      cause,
    );
    delivery.nak(nextDeliveryMs(delivery.count));
  }
}

/** Only a redelivered command can have an outcome already, so the first delivery pays nothing for the question. */
async function wasSettled({ link, stream }: Settling, delivery: Delivery): Promise<boolean> {
  return delivery.count > 1 && (await keptOutcome(link, commandIdOf(delivery, stream))) !== undefined;
}

async function settle(settling: Settling, delivery: Delivery): Promise<void> {
  const { stream, handlerOf } = settling;
  const handler = handlerOf(delivery.subject);
  if (!handler) return carryOut(settling, delivery, commandIdOf(delivery, stream), unknownCommand(delivery));
  const context = contextOf(handler.contract, delivery, stream);
  const span = spanOf('process', handler.contract, delivery.subject, {
    messagingConsumerGroup: settling.consumer,
    messagingConversationId: context.commandId,
    messagingBodySize: delivery.bytes.length,
    deliveryCount: delivery.count,
  });
  const work = async (): Promise<void> => {
    const verdict = await judge(settling, handler, delivery, context);
    await carryOut(settling, delivery, context.commandId, verdict);
  };
  await inSpan(span.name, span.attributes, work, { kind: SpanKind.CONSUMER, parent: traceOf(delivery.headers) });
}

async function judge(settling: Settling, handler: CommandHandler, delivery: Delivery, context: MessageContext): Promise<Verdict> {
  const { contract } = handler;
  if (isExhausted(delivery.count)) return exhausted(delivery, new Error(`its handler never came to an end`));
  const { deadline = new Date(8.64e15), deliveryCount } = context;
  if (isTooLate({ deadline, deliveryCount, now: new Date() })) return refused(tooLate(contract, deadline));
  try {
    const answer = await callUntil(handler, decode(contract.payload, delivery.bytes), { context, closing: settling.closing });
    return answer === handedOn ? { type: 'handed_on' } : { type: 'settled', result: { ok: true, reply: replyOf(answer) } };
  } catch (thrown) {
    return verdictOn(thrown, settling, delivery);
  }
}

function verdictOn(thrown: unknown, { link }: Settling, delivery: Delivery): Verdict {
  if (thrown instanceof Interrupted) return { type: 'again', afterMs: 0 };
  if (thrown instanceof Refusal) {
    const unreadable = thrown.code === 'payload_invalid' || thrown.code === 'payload_too_large';
    return refused(thrown, unreadable);
  }
  link.log.error(`${delivery.subject} failed (delivery ${delivery.count} of ${MAX_DELIVERIES})`, thrown);
  return isLast(delivery.count) ? exhausted(delivery, thrown) : { type: 'again', afterMs: nextDeliveryMs(delivery.count) };
}

async function carryOut({ link, stream }: Settling, delivery: Delivery, commandId: string, verdict: Verdict): Promise<void> {
  if (verdict.type === 'again') return delivery.nak(verdict.afterMs);
  if (verdict.type === 'settled') {
    const { result, dead } = verdict;
    if (!result.ok) markSpan(result.refusal);
    if (!result.ok && dead) await bury(link, delivery, stream, reasonOf(result.refusal));
    await publishOutcome(link, { commandId, command: delivery.subject }, result);
  }
  delivery.ack();
}

const refused = (refusal: Refusal, dead = false): Verdict => ({ type: 'settled', result: { ok: false, refusal }, dead });

const exhausted = ({ count }: Delivery, cause: unknown): Verdict =>
  refused(new Refusal('internal', `internal error: virtbus failed ${Math.min(count, MAX_DELIVERIES)} times; see its log`, { cause }), true);

const unknownCommand = ({ subject }: Delivery): Verdict =>
  refused(new Refusal('operation_unsupported', `${subject} is no command that this version knows`), true);

const tooLate = ({ subject }: CommandContract, deadline: Date): Refusal =>
  new Refusal(
    'deadline_passed',
    `${subject} was not begun before its deadline, ${deadline.toISOString()}; send it again if it is still wanted`,
  );

/** An operator reading the dead letter may know what the sender is not told. */
const reasonOf = (refusal: Refusal) => ({
  code: refusal.code,
  message: refusal.cause instanceof Error ? `${refusal.message}: ${refusal.cause.message}` : refusal.message,
});

const replyOf = (answer: unknown): object => (typeof answer === 'object' && answer !== null ? answer : {});

const markSpan = (refusal: Refusal): void => {
  const span = trace.getActiveSpan();
  if (span) failSpan(span, refusalFrom(refusal));
};
