import type { ConsumerConfig } from '@nats-io/jetstream';
import { headers, type Msg } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import type { Link } from './link.js';
import { noLog } from './log.js';
import { Tail } from './tail.js';

type Callback = (error: Error | null, message: Msg) => void;

/** As much of a connection as a tail needs: it counts consumers, and says what a test wants said. */
class FakeLink {
  readonly consumers: Partial<ConsumerConfig>[] = [];
  readonly inboxes: Callback[] = [];
  readonly connected = true;
  readonly closing = false;
  readonly log = noLog;
  readonly nc = {
    subscribe: (_: string, { callback }: { callback: Callback }) => {
      this.inboxes.push(callback);
      return { getSubject: () => 'inbox', unsubscribe: () => undefined, drain: async () => undefined, isClosed: () => false };
    },
    publish: () => undefined,
    isClosed: () => false,
  };
  readonly jsm = {
    consumers: {
      add: async (_: string, config: Partial<ConsumerConfig>) => {
        this.consumers.push(config);
        return { name: config.name, num_pending: 0, delivered: { stream_seq: 0 } };
      },
    },
  };
  onReconnect = () => () => undefined;
  restore = async () => undefined;

  say(inbox: number, sequence: number, consumerSequence: number): void {
    const reply = `$JS.ACK.S.c.1.${sequence}.${consumerSequence}.1.0`;
    this.inboxes[inbox]?.(null, { subject: 's', data: new Uint8Array(), headers: headers(), reply } as unknown as Msg);
  }

  /** What the server says of a pull that it ends. */
  status(inbox: number, code: number): void {
    this.inboxes[inbox]?.(null, { subject: 'inbox', data: new Uint8Array(), headers: headers(code, 'x') } as unknown as Msg);
  }
}

function follow() {
  const link = new FakeLink();
  const heard: number[] = [];
  const tail = new Tail({
    link: link as unknown as Link,
    stream: 'S',
    filter: 's',
    start: () => ({ deliver_policy: 'all' }),
    onBegin: () => undefined,
    onMessage: ({ sequence }) => heard.push(sequence),
  });
  return { link, heard, tail };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

test('a missing message leads to a new consumer, and what the old one still sends is not heard', async () => {
  const { link, heard, tail } = follow();
  await tail.ready;
  link.say(0, 10, 1);
  link.say(0, 12, 3);
  link.say(0, 13, 4);
  await settled();
  expect(link.consumers).toHaveLength(2);
  link.say(0, 14, 5);
  link.say(1, 11, 1);
  link.say(1, 12, 2);
  expect(heard).toEqual([10, 11, 12]);
  await tail.close();
});

test.each([[409], [503], [400]])('an end of the pull with status %d leads to a new consumer', async (code) => {
  const { link, tail } = follow();
  await tail.ready;
  link.status(0, code);
  await settled();
  expect(link.consumers).toHaveLength(2);
  await tail.close();
});

test.each([[100], [408]])('status %d leads to none', async (code) => {
  const { link, tail } = follow();
  await tail.ready;
  link.status(0, code);
  await settled();
  expect(link.consumers).toHaveLength(1);
  await tail.close();
});

test('nothing is heard after the end', async () => {
  const { link, heard, tail } = follow();
  await tail.ready;
  await tail.close();
  link.say(0, 10, 1);
  link.status(0, 409);
  await settled();
  expect(heard).toEqual([]);
  expect(link.consumers).toHaveLength(1);
});
