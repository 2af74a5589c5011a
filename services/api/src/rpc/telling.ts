import type { EventMessage, MessageOf } from '@virtbus/libvirt-rpc';

/** One message of libvirt's that tells of something, for the clients that registered for its event. */
export interface Telling {
  readonly eventId: number;
  readonly message: EventMessage;
  readonly body: (callbackID: number) => unknown;
}

export const telling = <E extends EventMessage>(eventId: number, message: E, body: (callbackID: number) => MessageOf<E>): Telling => ({
  eventId,
  message,
  body,
});
