import { headerNames, streams, tokensOf, type CommandContract } from '@virtbus/contracts';
import type { MessageContext } from './context.js';
import type { Delivery } from './delivery.js';
import { headerOf, instantOf } from './envelope.js';
import type { Handled } from './handle.js';
import { operationToken } from './operation-token.js';

/**
 * Under which id the outcome is published: that of the command which this one was handed on for, else the sender's own, else
 * the place in the stream. The last serves producers that send no header at all.
 */
export function commandIdOf({ headers, sequence }: Delivery, stream: string): string {
  const id = headerOf(headers, headerNames.commandId) ?? headerOf(headers, headerNames.messageId) ?? headerOf(headers, headerNames.id);
  if (id !== undefined) return operationToken(id);
  return stream === streams.commands.name ? `seq-${sequence}` : `${stream.toLowerCase()}-seq-${sequence}`;
}

export function contextOf(contract: Handled, delivery: Delivery, stream: string): MessageContext {
  const { subject, headers, sequence, count, storedAt } = delivery;
  return {
    subject,
    tokens: tokensOf<string>(contract, subject) ?? {},
    commandId: commandIdOf(delivery, stream),
    sentAt: instantOf(headers, headerNames.time) ?? storedAt,
    deliveryCount: count,
    sequence,
    ...(contract.kind === 'command' ? { deadline: deadlineOf(contract, delivery) } : {}),
  };
}

/** The contract's own deadline counts by the server's clock: a producer's may be wrong without its knowing. */
const deadlineOf = (contract: CommandContract, { headers, storedAt }: Delivery): Date =>
  instantOf(headers, headerNames.deadline) ?? new Date(storedAt.getTime() + contract.deadlineMs);
