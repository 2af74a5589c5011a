/**
 * Follows a stream in order, for one listener, without acknowledgements. Its consumer lives in the memory of one server: when
 * that goes away, when a message is missing or the heartbeat stops, a new one is made that goes on where the old one ended.
 */
import { AckPolicy, type ConsumerConfig, type ConsumerInfo } from '@nats-io/jetstream';
import { nanos, nuid } from '@nats-io/transport-node';
import type { Delivery } from './delivery.js';
import type { Link } from './link.js';
import { isStreamGone } from './passing.js';
import { Pull } from './pull.js';
import { backOffMs, sleep } from './wait.js';

/** Where a consumer begins. */
export type Start = Pick<ConsumerConfig, 'deliver_policy'> & Partial<Pick<ConsumerConfig, 'opt_start_seq' | 'opt_start_time'>>;

export interface TailOptions {
  readonly link: Link;
  readonly stream: string;
  readonly filter: string;
  /** Asked for each consumer that is made; the first time `made` is 0. */
  readonly start: (made: number) => Start | Promise<Start>;
  /** A consumer was made; `pending` messages that were there already follow. */
  readonly onBegin: (info: ConsumerInfo) => void;
  readonly onMessage: (delivery: Delivery) => void;
  /** For a second there was nothing to deliver. */
  readonly onIdle?: () => void;
}

const ROOM = 512;
const HEARTBEAT_MS = 1_000;
/** After which the server forgets a consumer that nobody pulls from. */
const INACTIVE_MS = 30_000;

export class Tail {
  readonly #options: TailOptions;
  readonly #stop = new AbortController();
  readonly #stopWatching: () => void;
  #pull: Pull | undefined;
  /** A renewal waits for the one that is under way. */
  #queued = false;
  #consumer: string | undefined;
  #sequence = 0;
  #made = 0;
  #making: Promise<void>;

  constructor(options: TailOptions) {
    this.#options = options;
    this.#stopWatching = options.link.onReconnect(() => this.#renew('the connection was lost'));
    this.#making = this.#make();
  }

  /** Resolves once the first consumer is there. */
  get ready(): Promise<void> {
    return this.#making;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#stopWatching();
    await this.#making.catch(() => undefined);
    await this.#pull?.close();
    this.#forget();
  }

  async #make(): Promise<void> {
    const { link, stream } = this.#options;
    for (let attempt = 0; !this.#stop.signal.aborted; attempt += 1) {
      try {
        return this.#follow(await link.jsm.consumers.add(stream, await this.#config()));
      } catch (cause) {
        if (attempt === 5) link.log.warn(`${stream} cannot be followed yet: ${String(cause)}`);
        if (isStreamGone(cause)) await link.restore();
      }
      await sleep(backOffMs(attempt, 50, 1_000), this.#stop.signal);
    }
  }

  async #config(): Promise<Partial<ConsumerConfig>> {
    return {
      ...(await this.#options.start(this.#made)),
      name: `tail_${nuid.next()}`,
      filter_subject: this.#options.filter,
      ack_policy: AckPolicy.None,
      max_deliver: 1,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: nanos(INACTIVE_MS),
    };
  }

  #follow(info: ConsumerInfo): void {
    if (this.#stop.signal.aborted) return;
    const { link, stream, onBegin } = this.#options;
    this.#consumer = info.name;
    this.#made += 1;
    this.#sequence = 0;
    onBegin(info);
    this.#pull = new Pull({
      link,
      stream,
      consumer: info.name,
      heartbeatMs: HEARTBEAT_MS,
      room: () => ROOM,
      onMessage: (delivery) => this.#take(info.name, delivery),
      onIdle: () => this.#options.onIdle?.(),
      onTrouble: (what) => this.#renew(what),
    });
  }

  #take(consumer: string, delivery: Delivery): void {
    if (consumer !== this.#consumer || this.#stop.signal.aborted) return;
    if (delivery.consumerSequence !== this.#sequence + 1) return this.#renew('a message is missing');
    this.#sequence = delivery.consumerSequence;
    this.#options.onMessage(delivery);
  }

  #renew(why: string): void {
    if (this.#stop.signal.aborted || this.#queued) return;
    const { link, stream } = this.#options;
    if (link.connected) link.log.warn(`${stream} is followed anew: ${why}`);
    this.#queued = true;
    this.#making = this.#making
      .then(() => this.#remake())
      .catch((cause: unknown) => {
        if (!this.#stop.signal.aborted) link.log.error(`${stream} cannot be followed`, cause);
      });
  }

  async #remake(): Promise<void> {
    this.#queued = false;
    this.#pull?.abandon();
    this.#pull = undefined;
    this.#forget();
    await this.#make();
  }

  /** The server would forget the consumer by itself, later: no answer is waited for, and none is needed. */
  #forget(): void {
    const { link, stream } = this.#options;
    if (this.#consumer && link.connected && !link.closing) link.nc.publish(`$JS.API.CONSUMER.DELETE.${stream}.${this.#consumer}`);
    this.#consumer = undefined;
  }
}
