import { JetStreamApiError, type PubAck, type StoredMsg } from '@nats-io/jetstream';
import { errors, type MsgHdrs } from '@nats-io/transport-node';
import { headerNames, Refusal } from '@virtbus/contracts';
import { deferred } from './deferred.js';
import { headerOf } from './envelope.js';
import { mustFit } from './must-fit.js';
import type { Link } from './link.js';
import { mayPass } from './passing.js';
import { backOffMs, sleep } from './wait.js';

export interface Stored {
  readonly sequence: number;
  readonly duplicate: boolean;
}

export interface ToStore {
  readonly subject: string;
  readonly bytes: Uint8Array;
  readonly headers: MsgHdrs;
  /** By which the stream knows a message that it has already. */
  readonly id: string;
  /** The stream that holds the subject. */
  readonly stream: string;
  /** The subject's last sequence must be this one; 0 for none. */
  readonly expectedSequence?: number | undefined;
}

/** The subject's last sequence is not the expected one. */
export class SequenceConflict extends Error {
  override readonly name = 'SequenceConflict';
}

/** An election of stream leaders takes 4 to 8 seconds, a restarted server less. */
const GIVE_UP_MS = 30_000;
const READ_GIVE_UP_MS = 15_000;
const ATTEMPT_MS = 2_000;
/** "wrong last sequence", with and without the number. */
const WRONG_SEQUENCE = new Set([10071, 10164]);

/**
 * Publishes into a stream and waits until the message is kept. While there is no server or no leader it tries again with the
 * same id, so the message is kept once.
 * @throws SequenceConflict; Refusal payload_too_large, internal after 30 seconds in vain.
 */
export async function store(link: Link, message: ToStore): Promise<Stored> {
  mustFit(link, message.subject, message.bytes);
  const until = performance.now() + GIVE_UP_MS;
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { seq, duplicate } = await unlessLost(link, publish(link, message));
      // A repeated attempt may meet nothing but its own first one.
      return { sequence: seq, duplicate: duplicate && attempt === 0 };
    } catch (cause) {
      if (isConflict(cause)) return await resolveConflict(link, message, attempt, cause);
      if (!mayPass(cause) || link.closing) throw cause;
      if (performance.now() > until) throw notKept(message, cause);
    }
    // A stream that is gone looks like one that has no leader yet.
    if (attempt % 10 === 3) void link.restore();
    await sleep(backOffMs(attempt, 20, 500));
  }
}

const publish = (link: Link, { subject, bytes, headers, id, expectedSequence }: ToStore): Promise<PubAck> =>
  link.js.publish(subject, bytes, {
    headers,
    msgID: id,
    timeout: ATTEMPT_MS,
    ...(expectedSequence === undefined ? {} : { expect: { lastSubjectSequence: expectedSequence } }),
  });

/** The answer to what was asked before the connection was lost does not come any more: it is not waited for. */
async function unlessLost<T>(link: Link, answer: Promise<T>): Promise<T> {
  const lost = deferred<never>();
  const stop = link.onReconnect(() => lost.reject(new errors.TimeoutError()));
  try {
    return await Promise.race([answer, lost.promise]);
  } finally {
    stop();
  }
}

const isConflict = (cause: unknown): boolean => cause instanceof JetStreamApiError && WRONG_SEQUENCE.has(cause.code);

/**
 * A repeated write may have lost against nobody but its own first attempt, whose acknowledgement was lost: some versions of the
 * server look at the expected sequence before they look at the id.
 */
async function resolveConflict(link: Link, message: ToStore, attempt: number, cause: unknown): Promise<Stored> {
  if (attempt > 0) {
    const last = await lastOf(link, message.stream, message.subject);
    if (last && headerOf(last.header, headerNames.messageId) === message.id) return { sequence: last.seq, duplicate: true };
  }
  throw new SequenceConflict(`${message.subject} was written by someone else meanwhile`, { cause });
}

/**
 * The last message of a subject as the stream's leader has it; of several, when the subject has wildcards. A direct get may come from a
 * replica that lags. Asked again while there is no server, no leader, or no time for an answer.
 * @throws what the server says, or that it has said nothing for a quarter of a minute
 */
export async function lastOf(link: Link, stream: string, subject: string): Promise<StoredMsg | null> {
  const until = performance.now() + READ_GIVE_UP_MS;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await unlessLost(link, link.jsm.streams.getMessage(stream, { last_by_subj: subject }));
    } catch (cause) {
      if (!mayPass(cause) || link.closing || performance.now() > until) throw cause;
    }
    await sleep(backOffMs(attempt, 20, 500));
  }
}

const notKept = ({ subject }: ToStore, cause: unknown): Refusal =>
  new Refusal(
    'internal',
    `${subject} could not be kept within ${GIVE_UP_MS / 1000} s (${String(cause)}): see that nats-server runs, then try again`,
    {
      cause,
    },
  );
