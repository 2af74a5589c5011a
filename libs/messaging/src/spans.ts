import type { Contract } from '@virtbus/contracts';
import { operations, type Attributes, type Operation } from '@virtbus/telemetry';

const SENDING: readonly Operation[] = ['send', 'publish', 'request', 'run'];

/** Name and attributes of the span for one message: the name holds the template, so that names stay few. */
export function spanOf(operation: Operation, contract: Contract, subject: string, more: Attributes = {}) {
  return {
    name: `${operations[operation]} ${contract.subject}`,
    attributes: {
      messagingSystem: 'nats',
      messagingOperation: operation,
      messagingOperationType: SENDING.includes(operation) ? 'send' : 'process',
      messagingDestination: subject,
      messagingDestinationTemplate: contract.subject,
      ...more,
    } satisfies Attributes,
  };
}
