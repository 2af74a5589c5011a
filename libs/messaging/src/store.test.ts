import { JetStreamApiError } from '@nats-io/jetstream';
import { errors, headers } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import type { Link } from './link.js';
import { SequenceConflict, store } from './store.js';

const conflict = () => new JetStreamApiError({ code: 400, err_code: 10071, description: 'wrong last sequence: 7' });
const away = () => new errors.TimeoutError();
const kept = { seq: 8, duplicate: false, stream: 'S' };

/** A server that answers each attempt in turn, and keeps a message of the given id. */
function scripted(answers: readonly (Error | typeof kept)[], keptId: string): { link: Link; attempts: { msgID?: string }[] } {
  const attempts: { msgID?: string }[] = [];
  const link = {
    closing: false,
    onReconnect: () => () => undefined,
    restore: async () => undefined,
    js: {
      publish: async (_: string, __: Uint8Array, options: { msgID?: string }) => {
        const answer = answers[attempts.length];
        attempts.push(options);
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    nc: {},
    jsm: {
      streams: {
        getMessage: async () => {
          const header = headers();
          header.set('Nats-Msg-Id', keptId);
          return { seq: 8, header };
        },
      },
    },
  };
  return { link: link as unknown as Link, attempts };
}

const message = { subject: 's', bytes: new Uint8Array(), headers: headers(), id: 'mine', stream: 'S', expectedSequence: 7 };

test('a message is sent again under the same id while nobody answers, and is then no duplicate', async () => {
  const { link, attempts } = scripted([away(), away(), { ...kept, duplicate: true }], 'mine');
  expect(await store(link, message)).toEqual({ sequence: 8, duplicate: false });
  expect(attempts.map(({ msgID }) => msgID)).toEqual(['mine', 'mine', 'mine']);
});

test('a message that was there before the first attempt is a duplicate', async () => {
  const { link } = scripted([{ ...kept, duplicate: true }], 'mine');
  expect(await store(link, message)).toEqual({ sequence: 8, duplicate: true });
});

test('a first attempt that conflicts has lost against someone else', async () => {
  const { link } = scripted([conflict()], 'mine');
  await expect(store(link, message)).rejects.toThrow(SequenceConflict);
});

// Some servers look at the expected sequence before the id: nats-server 2.15 alone, 2.10 in a cluster.
test('a repeated attempt that conflicts with the first one has succeeded', async () => {
  const { link } = scripted([away(), conflict()], 'mine');
  expect(await store(link, message)).toEqual({ sequence: 8, duplicate: true });
});

test('a repeated attempt that conflicts with another writer has not', async () => {
  const { link } = scripted([away(), conflict()], 'another');
  await expect(store(link, message)).rejects.toThrow(SequenceConflict);
});

test('what is no passing fault is thrown at once', async () => {
  const { link, attempts } = scripted([new JetStreamApiError({ code: 400, err_code: 10060, description: 'expected stream' }), kept], 'x');
  await expect(store(link, message)).rejects.toThrow('expected stream');
  expect(attempts).toHaveLength(1);
});
