import { headers, type Msg } from '@nats-io/transport-node';
import { bytesPassed } from './dead-buffers.js';
import type { Link } from './link.js';
import { respond } from './respond.js';
import type { Subscription } from './subscription.js';

/** A message without a contract: a piece of a console's stream. Sent once, kept nowhere. */
export interface ByteMessage {
  readonly subject: string;
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

export function publishBytes(link: Link, subject: string, bytes: Uint8Array, head: Readonly<Record<string, string>>): void {
  bytesPassed(bytes.length);
  const names = Object.entries(head);
  if (names.length === 0) return link.nc.publish(subject, bytes);
  const sealed = headers();
  for (const [name, value] of names) sealed.set(name, value);
  link.nc.publish(subject, bytes, { headers: sealed });
}

function byteMessageOf({ subject, data, headers: from }: Msg): ByteMessage {
  bytesPassed(data.length);
  const head = Object.fromEntries((from?.keys() ?? []).map((name) => [name, from?.get(name) ?? '']));
  return { subject, bytes: data, headers: head };
}

/** Answers what is asked on subjects without contracts; one of those in the group does. */
export function answerBytes(
  link: Link,
  { subject, group }: { readonly subject: string; readonly group: string },
  answer: (message: ByteMessage) => Promise<object>,
): Subscription {
  const running = new Set<Promise<void>>();
  const take = (message: Msg): void => {
    const answering = respond(message, link.log, () => answer(byteMessageOf(message))).finally(() => running.delete(answering));
    running.add(answering);
  };
  const subscription = link.nc.subscribe(subject, {
    queue: group,
    callback: (error, message) => (error ? link.log.error(`${subject} cannot be answered`, error) : take(message)),
  });
  const ready = link.nc.flush();
  ready.catch(() => undefined);
  const close = async (): Promise<void> => {
    subscription.unsubscribe();
    await Promise.all(running);
  };
  return { ready, close };
}

export function subscribeBytes(link: Link, subject: string, listener: (message: ByteMessage) => void): Subscription {
  const subscription = link.nc.subscribe(subject, {
    callback: (error, message) => {
      if (error) return link.log.error(`${subject} cannot be listened to`, error);
      listener(byteMessageOf(message));
    },
  });
  const ready = link.nc.flush();
  ready.catch(() => undefined);
  return {
    ready,
    close: async () => subscription.unsubscribe(),
  };
}
