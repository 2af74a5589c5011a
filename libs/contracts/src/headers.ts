/**
 * CloudEvents 1.0 in NATS binary mode: attributes are headers, the body is the payload. A plain producer may leave every one
 * of them out; the stream's sequence number then serves as the id and its clock as the time.
 */
export const headerNames = {
  /** JetStream refuses a second message with this id within the duplicate window: it is the idempotency key. */
  messageId: 'Nats-Msg-Id',
  id: 'ce-id',
  type: 'ce-type',
  source: 'ce-source',
  specVersion: 'ce-specversion',
  time: 'ce-time',
  contentType: 'content-type',
  /** The instant after which a command must not be begun. RFC 3339. */
  deadline: 'ce-deadline',
  /** The command that led to this message. */
  commandId: 'ce-commandid',
  traceparent: 'traceparent',
  /** NATS ADR-32: the status number and the words of a failed request. */
  serviceErrorCode: 'Nats-Service-Error-Code',
  serviceError: 'Nats-Service-Error',
  /** Our own error code, from the table in errors.ts. */
  errorCode: 'Virtbus-Error-Code',
} as const;

/** On messages of a volume's bytes: what each says is with the class VolumeSession. All of them are numbers of bytes. */
export const byteHeaders = {
  offset: 'Virtbus-Offset',
  hole: 'Virtbus-Hole',
  sent: 'Virtbus-Sent',
  end: 'Virtbus-End',
  taken: 'Virtbus-Taken',
  again: 'Virtbus-Again',
  ended: 'Virtbus-Ended',
} as const;
