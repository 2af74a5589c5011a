/**
 * A durable consumer that this process takes part in. The server keeps its position and counts the deliveries; here it is made,
 * pulled from, and made again when it goes silent: a leader is elected, the server restarts, someone deletes it or its stream.
 */
import { AckPolicy, DeliverPolicy, JetStreamApiError, type ConsumerConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { Delivery } from './delivery.js';
import type { Link } from './link.js';
import { isStreamGone } from './passing.js';
import { Pull } from './pull.js';
import { backOffMs, sleep } from './wait.js';

export interface DurableOptions {
  readonly link: Link;
  readonly stream: string;
  readonly name: string;
  readonly filter: string;
  /** How many messages may be unsettled, over all replicas. */
  readonly maxInFlight: number;
  /** Settles the message, however that ends: it must not throw. */
  readonly handle: (delivery: Delivery) => Promise<void>;
}

/** After a process has died, its messages are delivered again this long after its last sign of life. */
export const ACK_WAIT_MS = 10_000;
const WORKING_EVERY_MS = 3_000;
const HEARTBEAT_MS = 1_000;
/** nats-server says that it deletes a consumer before its files are gone, and would lose those of the next one with them. */
const RENEW_AFTER_MS = 500;
/** A consumer that nobody asks for as long as the events are kept has nothing left to say. */
const FORGOTTEN_AFTER_MS = 7 * 24 * 3_600_000;

export class Durable {
  readonly #options: DurableOptions;
  readonly #running = new Map<number, Delivery>();
  readonly #settled = new Set<() => void>();
  readonly #working: NodeJS.Timeout;
  readonly #stopWatching: () => void;
  readonly #stop = new AbortController();
  #pull: Pull | undefined;
  /** A renewal waits for the one that is under way. */
  #queued = false;
  #making: Promise<void>;

  private constructor(options: DurableOptions) {
    this.#options = options;
    this.#working = setInterval(() => this.#sayWorking(), WORKING_EVERY_MS);
    this.#stopWatching = options.link.onReconnect(() => this.#renew('the connection was lost', 0));
    this.#making = this.#make();
  }

  /** Resolves once the consumer is there and has been asked for messages. */
  static async start(options: DurableOptions): Promise<Durable> {
    const durable = new Durable(options);
    await durable.#making;
    return durable;
  }

  /** Takes nothing more, then waits for what is being handled, at most `graceMs`. @returns how many are still being handled. */
  async close(graceMs: number): Promise<number> {
    this.#stop.abort();
    this.#stopWatching();
    await this.#making.catch(() => undefined);
    await this.#pull?.close();
    if (this.#running.size > 0) await this.#idle(graceMs);
    clearInterval(this.#working);
    return this.#running.size;
  }

  #idle(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#settled.add(() => {
        if (this.#running.size > 0) return;
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async #make(): Promise<void> {
    const { link, stream, name, maxInFlight } = this.#options;
    await this.#ensure();
    if (this.#stop.signal.aborted) return;
    this.#pull = new Pull({
      link,
      stream,
      consumer: name,
      heartbeatMs: HEARTBEAT_MS,
      room: () => maxInFlight - this.#running.size,
      onMessage: (delivery) => this.#take(delivery),
      onTrouble: (what) => this.#renew(what, RENEW_AFTER_MS),
    });
  }

  #renew(why: string, afterMs: number): void {
    if (this.#stop.signal.aborted || this.#queued) return;
    const { link, name } = this.#options;
    if (link.connected) link.log.warn(`consumer ${name} is taken up again: ${why}`);
    this.#queued = true;
    this.#making = this.#making
      .then(() => this.#remake(afterMs))
      .catch((cause: unknown) => {
        if (!this.#stop.signal.aborted) link.log.error(`consumer ${name} cannot be made`, cause);
      });
  }

  async #remake(afterMs: number): Promise<void> {
    await sleep(afterMs, this.#stop.signal);
    this.#queued = false;
    this.#pull?.abandon();
    this.#pull = undefined;
    await this.#make();
  }

  /** Tries until the consumer is there. */
  async #ensure(): Promise<void> {
    const { link, stream, name } = this.#options;
    for (let attempt = 0; !this.#stop.signal.aborted; attempt += 1) {
      try {
        return await ensureConsumer(link, stream, this.#config());
      } catch (cause) {
        if (attempt === 5) link.log.warn(`consumer ${name} is not there yet: ${String(cause)}`);
        if (isStreamGone(cause)) await link.restore();
      }
      await sleep(backOffMs(attempt, 50, 1_000), this.#stop.signal);
    }
  }

  /** Deliveries are counted by the server and judged by the handler: a limit on the server would strand the message. */
  #config(): ConsumerShape {
    const { name, filter, maxInFlight } = this.#options;
    return {
      durable_name: name,
      filter_subject: filter,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      ack_wait: nanos(ACK_WAIT_MS),
      max_ack_pending: maxInFlight,
      max_deliver: -1,
      inactive_threshold: nanos(FORGOTTEN_AFTER_MS),
    };
  }

  #take(delivery: Delivery): void {
    // A stall of this process made the server send again what is being handled here: the first delivery settles both.
    if (this.#running.has(delivery.sequence)) return;
    this.#running.set(delivery.sequence, delivery);
    void this.#options.handle(delivery).finally(() => this.#release(delivery));
  }

  #release({ sequence }: Delivery): void {
    this.#running.delete(sequence);
    this.#pull?.more();
    for (const tell of this.#settled) tell();
  }

  #sayWorking(): void {
    if (this.#options.link.connected) for (const delivery of this.#running.values()) delivery.working();
  }
}

type ConsumerShape = Partial<ConsumerConfig> & { readonly durable_name: string };

/** "consumer already exists" (nats-server 2.10 and newer), "consumer name already in use". */
const OTHER_SHAPE = new Set([10148, 10013]);

async function ensureConsumer(link: Link, stream: string, config: ConsumerShape): Promise<void> {
  try {
    await link.jsm.consumers.add(stream, config);
  } catch (cause) {
    if (!(cause instanceof JetStreamApiError) || !OTHER_SHAPE.has(cause.code)) throw cause;
    await link.jsm.consumers.update(stream, config.durable_name, config);
  }
}
