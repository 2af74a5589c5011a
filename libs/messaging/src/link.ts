import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { Deletions } from './deletions.js';
import type { Log } from './log.js';
import type { BusOwner } from './names.js';
import { mayPass } from './passing.js';
import { sleep } from './wait.js';

export interface LinkOptions {
  readonly nc: NatsConnection;
  readonly inbox?: string | undefined;
  readonly owner: BusOwner;
  readonly name: string;
  readonly log: Log;
  /** Puts back streams and buckets that are gone. */
  readonly restore: (link: Link) => Promise<void>;
}

/** Shorter than an election, so that what was asked of a dead leader is asked again of the next one. */
const API_TIMEOUT_MS = 2_000;
/** nats-server 2.9 removes a deleted stream's files in the background, and with them those of a new stream of the same name. */
const RESTORE_AFTER_MS = 1_000;

/** One connection, and whether it stands. Everything else of this library hangs on one. */
export class Link {
  readonly nc: NatsConnection;
  /** What its inboxes begin with; NATS's own when undefined. */
  readonly inbox: string | undefined;
  readonly owner: BusOwner;
  readonly name: string;
  readonly log: Log;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly closed: Promise<void>;
  readonly deletions = new Deletions();
  #connected = true;
  #closing = false;
  readonly #listeners = new Set<() => void>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #restore: (link: Link) => Promise<void>;
  #restoring: Promise<void> | undefined;

  private constructor(options: LinkOptions, jsm: JetStreamManager) {
    this.nc = options.nc;
    this.inbox = options.inbox;
    this.owner = options.owner;
    this.name = options.name;
    this.log = options.log;
    this.#restore = options.restore;
    this.jsm = jsm;
    this.js = jetstream(this.nc, { timeout: API_TIMEOUT_MS });
    this.closed = this.#watch();
  }

  static async over(options: LinkOptions): Promise<Link> {
    return new Link(options, await jetstreamManager(options.nc, { checkAPI: false, timeout: API_TIMEOUT_MS }));
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** True from the moment that the connection is being closed for good. */
  get closing(): boolean {
    return this.#closing;
  }

  /** Calls back after each reconnection. @returns what ends that. */
  onReconnect(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Does something later, unless the connection is closed by then. It keeps no process alive. */
  later(ms: number, work: () => Promise<unknown>): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work().catch((cause: unknown) => (mayPass(cause) ? undefined : this.log.error('what was put off failed', cause)));
    }, ms);
    timer.unref();
    this.#timers.add(timer);
  }

  /**
   * Puts back streams that someone has deleted, some time after this is asked; asked again meanwhile, once. One attempt, which
   * fails in silence while there is no JetStream: whoever needs the stream tries again anyway.
   */
  restore(): Promise<void> {
    this.#restoring ??= this.#restoreLater().finally(() => (this.#restoring = undefined));
    return this.#restoring;
  }

  async drain(): Promise<void> {
    this.#closing = true;
    for (const timer of this.#timers) clearTimeout(timer);
    if (this.nc.isClosed()) return;
    // A drain waits for the server's answer: without a server there is nothing to wait for.
    await (this.#connected ? this.nc.drain() : this.nc.close());
  }

  async #restoreLater(): Promise<void> {
    await sleep(RESTORE_AFTER_MS);
    if (this.#closing) return;
    await this.#restore(this).catch((cause: unknown) => {
      if (!mayPass(cause)) this.log.error('the streams could not be put back', cause);
    });
  }

  async #watch(): Promise<void> {
    for await (const status of this.nc.status()) {
      if (status.type === 'disconnect') this.#lost();
      else if (status.type === 'reconnect') this.#found();
      else if (status.type === 'error') this.log.error(`nats-server refuses ${this.name}: ${status.error.message}`);
    }
    const cause = await this.nc.closed();
    this.#connected = false;
    if (cause) this.log.error(`the connection of ${this.name} was closed: ${cause.message}`, cause);
  }

  #lost(): void {
    this.#connected = false;
    if (!this.#closing) this.log.warn(`${this.name} lost its connection to nats-server; what is sent now waits`);
  }

  #found(): void {
    this.#connected = true;
    this.log.log(`${this.name} is connected to nats-server again`);
    for (const listener of this.#listeners) listener();
  }
}
