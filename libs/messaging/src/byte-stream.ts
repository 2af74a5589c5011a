import { headers } from '@nats-io/transport-node';
import type { Link } from './link.js';
import type { Subscription } from './subscription.js';

/** A message without a contract: a piece of a console's stream. Sent once, kept nowhere. */
export interface ByteMessage {
  readonly subject: string;
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

export function publishBytes(link: Link, subject: string, bytes: Uint8Array, head: Readonly<Record<string, string>>): void {
  const names = Object.entries(head);
  if (names.length === 0) return link.nc.publish(subject, bytes);
  const sealed = headers();
  for (const [name, value] of names) sealed.set(name, value);
  link.nc.publish(subject, bytes, { headers: sealed });
}

export function subscribeBytes(link: Link, subject: string, listener: (message: ByteMessage) => void): Subscription {
  const subscription = link.nc.subscribe(subject, {
    callback: (error, message) => {
      if (error) return link.log.error(`${subject} cannot be listened to`, error);
      const names = message.headers?.keys() ?? [];
      const head = Object.fromEntries(names.map((name) => [name, message.headers?.get(name) ?? '']));
      listener({ subject: message.subject, bytes: message.data, headers: head });
    },
  });
  const ready = link.nc.flush();
  ready.catch(() => undefined);
  return {
    ready,
    close: async () => subscription.unsubscribe(),
  };
}
