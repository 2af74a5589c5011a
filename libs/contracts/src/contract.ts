/**
 * What a contract is. Each message of the bus is declared once, as one frozen value: subject, payload class, reply class,
 * error codes, owner and example. Types, decoding, wildcards, clients, permissions and the reference pages follow from it.
 *
 * Five kinds, no more:
 * - `request`  must be answered now; core NATS, a queue group of its owner answers;
 * - `command`  must happen once; kept on a work-queue stream until its owner has settled it, then an outcome is published;
 * - `event`    has happened; kept on the events stream, replayable;
 * - `signal`   goes on now; core NATS tells whoever listens at that moment, and nobody keeps it;
 * - `bucket`   a fact and its revision; a key-value bucket that only its owner writes.
 */
import type { ErrorCode } from './errors.js';

export type ServiceName = 'api' | 'scheduler' | 'netd' | 'host-agent';
/** Outcomes are published by whichever service settled the command, always through the bus library. */
export type Owner = ServiceName | 'bus';

export type PayloadClass<T extends object = object> = new () => T;

interface Declared<Subject extends string, P extends object> {
  readonly subject: Subject;
  readonly summary: string;
  readonly owner: Owner;
  readonly payload: PayloadClass<P>;
  readonly example: NoInfer<P>;
}

interface Answered<R extends object> {
  readonly reply: PayloadClass<R>;
  readonly errors: readonly ErrorCode[];
  readonly replyExample: NoInfer<R>;
}

export interface RequestContract<S extends string = string, P extends object = object, R extends object = object>
  extends Declared<S, P>, Answered<R> {
  readonly kind: 'request';
}

export interface CommandContract<S extends string = string, P extends object = object, R extends object = object>
  extends Declared<S, P>, Answered<R> {
  readonly kind: 'command';
  /** How long after it was published the command may still be begun, when its sender names no deadline. Milliseconds. */
  readonly deadlineMs: number;
}

export interface EventContract<S extends string = string, P extends object = object> extends Declared<S, P> {
  readonly kind: 'event';
}

/** For what may be much and matters only while it is watched. A host's subject begins with its id: nobody speaks for another. */
export interface SignalContract<S extends string = string, P extends object = object> extends Declared<S, P> {
  readonly kind: 'signal';
}

/** `subject` holds the key template below the bucket, for example `{hostId}.{uuid}`. */
export interface BucketContract<S extends string = string, P extends object = object> extends Declared<S, P> {
  readonly kind: 'bucket';
  readonly bucket: string;
}

export type Contract = RequestContract | CommandContract | EventContract | SignalContract | BucketContract;

type Without<T> = Omit<T, 'kind'>;

export const request = <S extends string, P extends object, R extends object>(
  declared: Without<RequestContract<S, P, R>>,
): RequestContract<S, P, R> => Object.freeze({ kind: 'request', ...declared });

/** Begin a command within a minute of its being sent, unless it says otherwise. */
const DEFAULT_DEADLINE_MS = 60_000;

export const command = <S extends string, P extends object, R extends object>(
  declared: Omit<CommandContract<S, P, R>, 'kind' | 'deadlineMs'> & { deadlineMs?: number },
): CommandContract<S, P, R> => Object.freeze({ kind: 'command', deadlineMs: DEFAULT_DEADLINE_MS, ...declared });

export const event = <S extends string, P extends object>(declared: Without<EventContract<S, P>>): EventContract<S, P> =>
  Object.freeze({ kind: 'event', ...declared });

export const signal = <S extends string, P extends object>(declared: Without<SignalContract<S, P>>): SignalContract<S, P> =>
  Object.freeze({ kind: 'signal', ...declared });

export const bucket = <S extends string, P extends object>(declared: Without<BucketContract<S, P>>): BucketContract<S, P> =>
  Object.freeze({ kind: 'bucket', ...declared });

export type PayloadOf<C> = C extends { payload: PayloadClass<infer P> } ? P : never;
export type ReplyOf<C> = C extends { reply: PayloadClass<infer R> } ? R : never;
