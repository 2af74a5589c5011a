/**
 * Pulls the messages of one JetStream consumer, as many at once as there is room for. Who holds it makes the consumer and makes
 * it again: here is only noticed that something is wrong. The client's own `consume()` is not used because it goes on silently
 * after a consumer is lost, drops what is on its way when it is stopped, and never recovers an ordered consumer.
 *
 * A pull asks for n messages and ends with the n-th, with its expiry (408), or with bad news (any other status). While one is
 * open the server sends a heartbeat: silence means that the consumer, its leader or the stream is gone.
 */
import { createInbox, nanos, type Msg, type Subscription } from '@nats-io/transport-node';
import { Delivery } from './delivery.js';
import type { Link } from './link.js';

export interface PullOptions {
  readonly link: Link;
  readonly stream: string;
  readonly consumer: string;
  readonly heartbeatMs: number;
  /** How many messages may be on their way. */
  readonly room: () => number;
  readonly onMessage: (delivery: Delivery) => void;
  /** For a while there was nothing to deliver. */
  readonly onIdle?: () => void;
  /** Called once. The pull is then of no more use but to be closed. */
  readonly onTrouble: (what: string) => void;
}

const EXPIRES_MS = 30_000;
/** Ticks without a word. Ticks and not time, so that a stall of this process is not taken for one of the server. */
const MISSED_LIMIT = 3;
const HEARTBEAT = 100;
const EXPIRED = 408;

export class Pull {
  readonly #options: PullOptions;
  readonly #subscription: Subscription;
  readonly #subject: string;
  readonly #watch: NodeJS.Timeout;
  /** Messages that were asked for and have not come. */
  #asked = 0;
  #missed = 0;
  #over = false;

  constructor(options: PullOptions) {
    this.#options = options;
    this.#subject = `$JS.API.CONSUMER.MSG.NEXT.${options.stream}.${options.consumer}`;
    this.#subscription = options.link.nc.subscribe(createInbox(options.link.inbox), {
      callback: (error, message) => this.#take(error, message),
    });
    this.#watch = setInterval(() => this.#tick(), options.heartbeatMs);
    this.more();
  }

  /** Asks for more once half of the room is free, so that under load one question brings many messages. */
  more(): void {
    const room = this.#options.room();
    const free = room - this.#asked;
    if (this.#over || free <= 0 || this.#asked > room / 2) return;
    this.#ask(free);
  }

  /** Takes what is on its way, then nothing more. */
  async close(): Promise<void> {
    this.#end();
    if (this.#subscription.isClosed() || this.#options.link.nc.isClosed()) return;
    if (this.#options.link.connected) await this.#subscription.drain();
    else this.#subscription.unsubscribe();
  }

  /** For a pull that is in trouble: what is on its way to it will be delivered again. */
  abandon(): void {
    this.#end();
    this.#subscription.unsubscribe();
  }

  #ask(batch: number): void {
    this.#asked += batch;
    const pull = { batch, expires: nanos(EXPIRES_MS), idle_heartbeat: nanos(this.#options.heartbeatMs) };
    this.#options.link.nc.publish(this.#subject, JSON.stringify(pull), { reply: this.#subscription.getSubject() });
  }

  #take(error: Error | null, message: Msg): void {
    this.#missed = 0;
    if (error) return this.#trouble(error.message);
    const delivery = Delivery.of(message);
    if (!delivery) return this.#hear(message);
    this.#asked = Math.max(0, this.#asked - 1);
    this.#options.onMessage(delivery);
    this.more();
  }

  #hear({ headers }: Msg): void {
    const status = headers?.code ?? 0;
    if (status === HEARTBEAT) return this.#options.onIdle?.();
    if (status !== EXPIRED) return this.#trouble(`${status} ${headers?.description ?? ''}`);
    this.#asked = Math.max(0, this.#asked - Number(headers?.get('Nats-Pending-Messages') || this.#asked));
    this.more();
  }

  #tick(): void {
    if (this.#asked === 0 || !this.#options.link.connected) this.#missed = 0;
    else if ((this.#missed += 1) >= MISSED_LIMIT) this.#trouble('no heartbeat');
  }

  #trouble(what: string): void {
    if (this.#over) return;
    this.#end();
    this.#options.onTrouble(what);
  }

  #end(): void {
    this.#over = true;
    clearInterval(this.#watch);
  }
}
