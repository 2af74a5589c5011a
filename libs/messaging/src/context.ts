import type { Tokens } from './names.js';

/** What a handler knows of its message beside the payload. */
export interface MessageContext<T extends Tokens = Tokens> {
  readonly subject: string;
  readonly tokens: T;
  /** Under which a command's outcome is published; for an event, the command that led to it; for a request, its id. */
  readonly commandId: string;
  /** When the sender says that it was sent, else when it was kept. */
  readonly sentAt: Date;
  /** Of a command: the instant after which it must not be begun. */
  readonly deadline?: Date;
  /** 1 the first time. */
  readonly deliveryCount: number;
  /** In the stream; absent for a request. */
  readonly sequence?: number;
}
