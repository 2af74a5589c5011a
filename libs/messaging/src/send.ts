import { SpanKind } from '@opentelemetry/api';
import { encode, streams, subjectOf, type CommandContract, type EventContract } from '@virtbus/contracts';
import { inSpan } from '@virtbus/telemetry';
import { randomUUID } from 'node:crypto';
import { seal } from './envelope.js';
import type { Link } from './link.js';
import type { PayloadOf, Tokens } from './names.js';
import { operationToken } from './operation-token.js';
import { spanOf } from './spans.js';
import { store } from './store.js';
import { WrongOwner } from './wrong-owner.js';

export interface SendOptions {
  /** The idempotency key; a new one when absent. */
  readonly id?: string;
  /** The instant after which the command must not be begun. Default: the contract's, from the moment it is kept. */
  readonly deadline?: Date;
  /** The command under whose id the receiver publishes the outcome. */
  readonly causedBy?: string;
}

export interface SentCommand {
  readonly commandId: string;
  /** True when a command with the same id is or was there already. */
  readonly duplicate: boolean;
}

export interface PublishOptions {
  /** An event with the same id within the duplicate window is not published again. */
  readonly id?: string;
  /** The command that led to the event. */
  readonly causedBy?: string;
}

type WithAnyTokens<T> = T & { readonly tokens?: Tokens };

/** @throws Refusal internal when no server keeps it in time. */
export function send<C extends CommandContract>(
  link: Link,
  contract: C,
  payload: PayloadOf<C>,
  options: WithAnyTokens<SendOptions>,
): Promise<SentCommand> {
  const subject = subjectOf(contract, options.tokens ?? {});
  const bytes = encode(payload);
  const id = operationToken(options.id ?? randomUUID());
  const commandId = options.causedBy ?? id;
  const stream = contract.subject.startsWith('virtbus.v1.host.') ? streams.hosts.name : streams.commands.name;
  const span = spanOf('send', contract, subject, {
    messagingMessageId: id,
    messagingConversationId: commandId,
    messagingBodySize: bytes.length,
  });
  const work = async (): Promise<SentCommand> => {
    const headers = seal(link, { id, type: contract.subject, deadline: options.deadline, causedBy: options.causedBy });
    const { duplicate } = await store(link, { subject, bytes, headers, id, stream });
    return { commandId, duplicate };
  };
  return inSpan(span.name, span.attributes, work, { kind: SpanKind.PRODUCER });
}

/** @throws WrongOwner; Refusal internal when no server keeps it in time. */
export function publish<C extends EventContract>(
  link: Link,
  contract: C,
  payload: PayloadOf<C>,
  options: WithAnyTokens<PublishOptions>,
): Promise<void> {
  if (contract.owner !== link.owner) return Promise.reject(new WrongOwner(contract.subject, contract.owner, link.owner));
  return publishEvent(link, contract, payload, options);
}

/** For events that the library itself publishes on behalf of any owner. */
export function publishEvent<C extends EventContract>(
  link: Link,
  contract: C,
  payload: PayloadOf<C>,
  options: WithAnyTokens<PublishOptions>,
): Promise<void> {
  const subject = subjectOf(contract, options.tokens ?? {});
  const bytes = encode(payload);
  const id = operationToken(options.id ?? randomUUID());
  const span = spanOf('publish', contract, subject, { messagingMessageId: id, messagingBodySize: bytes.length });
  const work = async (): Promise<void> => {
    const headers = seal(link, { id, type: contract.subject, causedBy: options.causedBy });
    await store(link, { subject, bytes, headers, id, stream: streams.events.name });
  };
  return inSpan(span.name, span.attributes, work, { kind: SpanKind.PRODUCER });
}
