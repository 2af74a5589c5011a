/** Brings each delivered event to its handler: acknowledged after the effect, tried again on failure, at last a dead letter. */
import { SpanKind } from '@opentelemetry/api';
import { decode, Refusal, type EventContract } from '@virtbus/contracts';
import { errorType, inSpan } from '@virtbus/telemetry';
import type { BoundHandler } from './bound-handler.js';
import { callUntil, Interrupted } from './call-until.js';
import { bury } from './dead-letter.js';
import type { Delivery } from './delivery.js';
import { traceOf } from './envelope.js';
import { contextOf } from './identity.js';
import type { Link } from './link.js';
import { isExhausted, isLast, MAX_DELIVERIES, nextDeliveryMs } from './redelivery.js';
import { spanOf } from './spans.js';

export interface EventHandler extends BoundHandler {
  readonly contract: EventContract;
}

export interface Hearing {
  readonly link: Link;
  readonly stream: string;
  readonly consumer: string;
  readonly handler: EventHandler;
  /** Aborted when the service closes: what waits for another try is given back. */
  readonly closing: AbortSignal;
}

/** Never throws: what cannot be settled now is delivered again. */
export async function settleEvent(hearing: Hearing, delivery: Delivery): Promise<void> {
  try {
    if (isExhausted(delivery.count)) throw new Error('its handler never came to an end');
    await hear(hearing, delivery);
    delivery.ack();
  } catch (thrown) {
    await settleFailure(hearing, delivery, thrown);
  }
}

async function hear({ stream, consumer, handler, closing }: Hearing, delivery: Delivery): Promise<void> {
  const { contract } = handler;
  const context = contextOf(contract, delivery, stream);
  const span = spanOf('process', contract, delivery.subject, {
    messagingConsumerGroup: consumer,
    messagingConversationId: context.commandId,
    messagingBodySize: delivery.bytes.length,
    deliveryCount: delivery.count,
  });
  const work = async (): Promise<void> => {
    await callUntil(handler, decode(contract.payload, delivery.bytes), { context, closing });
  };
  await inSpan(span.name, span.attributes, work, { kind: SpanKind.CONSUMER, parent: traceOf(delivery.headers) });
}

async function settleFailure({ link, stream, consumer }: Hearing, delivery: Delivery, thrown: unknown): Promise<void> {
  if (thrown instanceof Interrupted) return delivery.nak(0);
  link.log.error(`${consumer} failed on ${delivery.subject} (delivery ${delivery.count} of ${MAX_DELIVERIES})`, thrown);
  // Nobody waits for an answer, so a refusal is a failure like any other; only what cannot be read stays unreadable.
  const unreadable = thrown instanceof Refusal && (thrown.code === 'payload_invalid' || thrown.code === 'payload_too_large');
  if (!unreadable && !isLast(delivery.count)) return delivery.nak(nextDeliveryMs(delivery.count));
  try {
    await bury(link, delivery, stream, { code: errorType(thrown), message: thrown instanceof Error ? thrown.message : String(thrown) });
    delivery.ack();
  } catch (cause) {
    link.log.error(`${delivery.subject} could not be put aside; it will be delivered again`, cause);
    delivery.nak(nextDeliveryMs(delivery.count));
  }
}
