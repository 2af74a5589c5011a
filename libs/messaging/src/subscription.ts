import { DeliverPolicy, type ConsumerInfo } from '@nats-io/jetstream';
import { headerNames, streams, type EventContract } from '@virtbus/contracts';
import type { Delivery } from './delivery.js';
import { headerOf, instantOf } from './envelope.js';
import type { Link } from './link.js';
import type { Tokens, TokensOf } from './names.js';
import { Tail, type Start } from './tail.js';

/** One event, as a listener gets it. */
export interface BusEvent<P = unknown> {
  readonly subject: string;
  readonly tokens: Tokens;
  readonly payload: P;
  /** In the events stream: a subscription from the next one on misses nothing. */
  readonly sequence: number;
  readonly id: string;
  readonly time: Date;
  /** The command that led to it. */
  readonly commandId?: string;
}

export interface Subscription {
  /** Resolves once the events that follow cannot be missed. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/** A subscription to the events stream. */
export interface EventSubscription extends Subscription {
  /** The last sequence that a subscription from the next one on need not hear again; known once it is ready. */
  readonly position: number;
}

/** `new`: from now on. A sequence or an instant: from there on, as far as the stream reaches back. */
export type From = 'new' | number | Date;

export interface SubscribeOptions<C extends EventContract> {
  /** Only these tokens; those that are left out may be any. */
  readonly tokens?: Partial<TokensOf<C>>;
  /** Default `new`. */
  readonly from?: From;
}

interface Listening<P> {
  readonly link: Link;
  readonly filter: string;
  readonly from: From;
  /** @throws what does not decode. */
  readonly decode: (delivery: Delivery) => { readonly tokens: Tokens; readonly payload: P };
  readonly listener: (event: BusEvent<P>) => void;
}

/** Follows the events stream; after a loss it goes on with the event after the last one. */
export function listen<P>(listening: Listening<P>): EventSubscription {
  const { link, filter, from } = listening;
  let next = 0;
  const tail = new Tail({
    link,
    stream: streams.events.name,
    filter,
    start: (made) => (made === 0 ? firstStart(from) : nextStart(link, next)),
    onBegin: (info) => {
      next ||= positionOf(info) + 1;
    },
    onMessage: (delivery) => {
      next = delivery.sequence + 1;
      hear(listening, delivery);
    },
  });
  const { ready } = tail;
  // Whoever does not wait for it learns of a failure from the log.
  ready.catch(() => undefined);
  return {
    ready,
    close: () => tail.close(),
    get position() {
      return Math.max(0, next - 1);
    },
  };
}

/** The last sequence that the consumer counts as behind it. */
const positionOf = ({ delivered }: ConsumerInfo): number => delivered.stream_seq;

function firstStart(from: From): Start {
  if (from === 'new') return { deliver_policy: DeliverPolicy.New };
  if (from instanceof Date) return { deliver_policy: DeliverPolicy.StartTime, opt_start_time: from.toISOString() };
  return from <= 1 ? { deliver_policy: DeliverPolicy.All } : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: from };
}

/** A stream that ends before the position was made anew: everything in it is news. */
async function nextStart(link: Link, next: number): Promise<Start> {
  const { state } = await link.jsm.streams.info(streams.events.name);
  return state.last_seq < next - 1 ? { deliver_policy: DeliverPolicy.All } : firstStart(next);
}

function hear<P>({ link, decode, listener }: Listening<P>, delivery: Delivery): void {
  const { subject, sequence, headers } = delivery;
  const commandId = headerOf(headers, headerNames.commandId);
  try {
    listener({
      ...decode(delivery),
      subject,
      sequence,
      id: headerOf(headers, headerNames.messageId) ?? headerOf(headers, headerNames.id) ?? `seq-${sequence}`,
      time: instantOf(headers, headerNames.time) ?? delivery.storedAt,
      ...(commandId === undefined ? {} : { commandId }),
    });
  } catch (cause) {
    link.log.error(`event ${sequence} (${subject}) was not heard`, cause);
  }
}
