/**
 * Every span and attribute name there is. `messaging.*`, `server.*` and `error.*` are OpenTelemetry's semantic conventions,
 * `virtbus.*` is ours. Values are low in number where a backend groups by them: subjects appear as templates.
 */
export const attributeNames = {
  messagingSystem: 'messaging.system',
  /** `send`, `publish`, `request`, `run`, `process`, `serve`, `settle`. */
  messagingOperation: 'messaging.operation.name',
  /** `send` or `process`. */
  messagingOperationType: 'messaging.operation.type',
  messagingDestination: 'messaging.destination.name',
  /** The contract's subject template. */
  messagingDestinationTemplate: 'messaging.destination.template',
  messagingConsumerGroup: 'messaging.consumer.group.name',
  messagingMessageId: 'messaging.message.id',
  /** The command's id, the same over all services that have a part in it. */
  messagingConversationId: 'messaging.message.conversation_id',
  /** Bytes. */
  messagingBodySize: 'messaging.message.body.size',
  /** Our error code, or the class of what was thrown. */
  errorType: 'error.type',
  /** 1 the first time. */
  deliveryCount: 'virtbus.delivery.count',
  domainUuid: 'virtbus.domain.uuid',
  domainName: 'virtbus.domain.name',
  networkUuid: 'virtbus.network.uuid',
  networkName: 'virtbus.network.name',
  portId: 'virtbus.network_port.id',
  hostId: 'virtbus.host.id',
  /** The placement's epoch. */
  epoch: 'virtbus.placement.epoch',
  /** Milliseconds that a step took which has no span of its own. */
  durationMs: 'virtbus.duration_ms',
  count: 'virtbus.count',
  reason: 'virtbus.reason',
} as const;

export type AttributeKey = keyof typeof attributeNames;

/** Attributes by their short name in the table. */
export type Attributes = { readonly [Key in AttributeKey]?: string | number | boolean };

/** What the bus does to a message: the first word of its spans' names, before the subject template. */
export const operations = {
  send: 'send',
  publish: 'publish',
  request: 'request',
  run: 'run',
  process: 'process',
  serve: 'serve',
} as const;

export type Operation = keyof typeof operations;
