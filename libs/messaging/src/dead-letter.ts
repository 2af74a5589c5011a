import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { headerNames, streams } from '@virtbus/contracts';
import type { Delivery } from './delivery.js';
import { oneLine } from './envelope.js';
import type { Link } from './link.js';
import { store } from './store.js';

/** What a dead letter says of itself, beside the headers that it had when it lived. */
export const deadLetterHeaders = {
  reason: 'Virtbus-Dead-Reason',
  /** The error code of the reason. */
  code: 'Virtbus-Dead-Code',
  stream: 'Virtbus-Dead-Stream',
  sequence: 'Virtbus-Dead-Sequence',
  deliveries: 'Virtbus-Dead-Deliveries',
} as const;

export const deadLetterSubject = (subject: string): string => `virtbus.v1.dead.${subject}`;

export interface DeathReason {
  readonly code: string;
  readonly message: string;
}

/** Puts a message aside that nobody here will ever settle. Its bytes and headers stay what they were. */
export async function bury(link: Link, delivery: Delivery, stream: string, { code, message }: DeathReason): Promise<void> {
  const head = copyOf(delivery.headers);
  head.set(deadLetterHeaders.reason, oneLine(message));
  head.set(deadLetterHeaders.code, code);
  head.set(deadLetterHeaders.stream, stream);
  head.set(deadLetterHeaders.sequence, String(delivery.sequence));
  head.set(deadLetterHeaders.deliveries, String(delivery.count));
  const id = `dead.${stream}.${delivery.sequence}`;
  const subject = deadLetterSubject(delivery.subject);
  link.log.warn(`${delivery.subject} (${stream} ${delivery.sequence}) is a dead letter: ${oneLine(message)}`);
  await store(link, { subject, bytes: delivery.bytes, headers: head, id, stream: streams.deadLetters.name });
}

/** Without what JetStream would act on: the id and the expectations were meant for the stream that it comes from. */
function copyOf(from: MsgHdrs | undefined): MsgHdrs {
  const copy = headers();
  for (const name of from?.keys() ?? []) {
    const ofJetStream = name.startsWith('Nats-') && name !== headerNames.serviceError && name !== headerNames.serviceErrorCode;
    if (!ofJetStream) for (const value of from?.values(name) ?? []) copy.append(name, value);
  }
  return copy;
}
