import { headerNames } from '../headers.js';
import type { JsonSchema } from './json-schema.js';

const text = (description: string): JsonSchema => ({ type: 'string', description });

const fields: Readonly<Record<string, JsonSchema>> = {
  [headerNames.messageId]: text('The idempotency key: a stream keeps no second message with the same one.'),
  [headerNames.id]: text('CloudEvents id.'),
  [headerNames.type]: text("CloudEvents type: the contract's subject, its tokens in braces."),
  [headerNames.source]: text('CloudEvents source: `virtbus/<service>/<connection>`.'),
  [headerNames.specVersion]: { type: 'string', const: '1.0' },
  [headerNames.time]: { type: 'string', format: 'date-time', description: 'When it was sent.' },
  [headerNames.contentType]: { type: 'string', const: 'application/json' },
  [headerNames.deadline]: {
    type: 'string',
    format: 'date-time',
    description: 'The instant after which the command is refused, never begun.',
  },
  [headerNames.commandId]: text('The command that led to this message.'),
  [headerNames.traceparent]: text('W3C Trace Context.'),
  [headerNames.serviceErrorCode]: text('The status of a failed request (NATS ADR-32).'),
  [headerNames.serviceError]: text('The words of a failed request (NATS ADR-32).'),
  [headerNames.errorCode]: text('The error code of a failed request.'),
};

const headers = (description: string, names: readonly string[], required: readonly string[] = []): JsonSchema => ({
  description,
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, fields[name] ?? {}])),
  ...(required.length > 0 ? { required } : {}),
});

const { id, type, source, specVersion, time, contentType, traceparent, messageId, deadline, commandId } = headerNames;
const { serviceErrorCode, serviceError, errorCode } = headerNames;
const cloudEvent = [id, type, source, specVersion, time, contentType] as const;

/** CloudEvents 1.0 in NATS binary mode: the attributes are headers, the body is the payload. */
export const headerSchemas = {
  CommandHeaders: headers('A sender may leave out all of them.', [messageId, ...cloudEvent, deadline, commandId, traceparent]),
  RequestHeaders: headers('A sender may leave out all of them.', [...cloudEvent, commandId, traceparent]),
  EventHeaders: headers('What virtbus says of an event.', [messageId, ...cloudEvent, commandId, traceparent], [messageId, ...cloudEvent]),
  ErrorHeaders: headers('A reply is an error when it has them.', [serviceErrorCode, serviceError, errorCode], [errorCode]),
} as const satisfies Record<string, JsonSchema>;
