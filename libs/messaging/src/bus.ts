import { decode, inboxOf, streams, subjectOf, tokensOf, wildcardOf } from '@virtbus/contracts';
import type { BucketContract, CommandContract, EventContract, Outcome, RequestContract, SignalContract } from '@virtbus/contracts';
import { enablePropagation } from '@virtbus/telemetry';
import { Bucket } from './bucket.js';
import { answerBytes, publishBytes, subscribeBytes, type ByteMessage } from './byte-stream.js';
import { openConnection } from './connection.js';
import type { Credential } from './credential.js';
import type { Delivery } from './delivery.js';
import { Link } from './link.js';
import { noLog, type Log } from './log.js';
import type { BusOwner, Options, PayloadOf, ReplyOf, Tokens, TokensOf, WithTokens } from './names.js';
import { publishOutcome, type Result, type Settled } from './outcome.js';
import { ensureStreams, provision } from './provision.js';
import { request, type RequestOptions } from './request.js';
import { order, outcomeOf, run, type Ordered, type OrderOptions, type RunOptions } from './run.js';
import { publish, send, type PublishOptions, type SendOptions, type SentCommand } from './send.js';
import { listenTo, sendSignal, type BusSignal } from './signal.js';
import { lastOf } from './store.js';
import { listen, type BusEvent, type From, type SubscribeOptions, type EventSubscription, type Subscription } from './subscription.js';

export interface ConnectOptions {
  readonly servers: string | readonly string[];
  /** How the server and other people's logs call this connection. */
  readonly name: string;
  readonly owner: BusOwner;
  /** Of a host-agent: answers to it are for it alone. */
  readonly hostId?: string;
  /** Absent: none is presented. */
  readonly credential?: Credential;
  readonly log?: Log;
  /** Make the streams and buckets what the contracts say. Default true. */
  readonly provision?: boolean;
  /** Ends the waiting for a server. */
  readonly signal?: AbortSignal;
}

const links = new WeakMap<Bus, Link>();

/** For the rest of this library: services see no connection. */
export function linkOf(bus: Bus): Link {
  const link = links.get(bus);
  if (!link) throw new Error('not a bus that was made by Bus.connect');
  return link;
}

/** The contracts over one NATS connection. */
export class Bus {
  readonly owner: BusOwner;
  /** Resolves when the connection has been closed for good. */
  readonly closed: Promise<void>;
  readonly #link: Link;

  private constructor(link: Link) {
    this.#link = link;
    this.owner = link.owner;
    this.closed = link.closed;
    links.set(this, link);
  }

  /** Waits for ever for a server, then keeps the connection for ever. @throws the signal's reason; a refused credential. */
  static async connect(options: ConnectOptions): Promise<Bus> {
    const { log = noLog, owner, name, signal } = options;
    enablePropagation();
    // Whoever is no service of the fleet has the rights that its server gives it, under NATS's own inbox.
    const inbox = owner === 'client' ? undefined : inboxOf(owner, options.hostId);
    const nc = await openConnection({ ...options, log, ...(inbox === undefined ? {} : { inbox }) });
    const replicas = replicasWanted(process.env);
    const wanted = options.provision ?? true;
    const restore = async (link: Link): Promise<void> => (wanted ? ensureStreams(link, replicas) : undefined);
    const link = await Link.over({ nc, owner, name, log, restore, inbox });
    try {
      if (wanted) await provision(link, replicas, signal);
    } catch (cause) {
      await nc.close();
      throw cause;
    }
    return new Bus(link);
  }

  get connected(): boolean {
    return this.#link.connected;
  }

  /** Asks the owner, who must answer now. @throws Refusal the owner's; host_unreachable or service_unreachable when nobody answers. */
  async request<C extends RequestContract>(
    contract: C,
    payload: PayloadOf<C>,
    ...[options]: Options<RequestOptions & WithTokens<C>>
  ): Promise<ReplyOf<C>> {
    return request(this.#link, contract, payload, options ?? {});
  }

  /** Resolves once the command is kept: from then on it ends in one outcome. @throws Refusal internal when it cannot be kept. */
  async send<C extends CommandContract>(
    contract: C,
    payload: PayloadOf<C>,
    ...[options]: Options<SendOptions & WithTokens<C>>
  ): Promise<SentCommand> {
    return send(this.#link, contract, payload, options ?? {});
  }

  /** Sends a command and waits for its outcome. @throws Refusal the outcome's; host_unreachable or service_unreachable when none comes. */
  async run<C extends CommandContract>(
    contract: C,
    payload: PayloadOf<C>,
    ...[options]: Options<RunOptions & WithTokens<C>>
  ): Promise<ReplyOf<C>> {
    return run(this.#link, contract, payload, options ?? {});
  }

  /** Sends a command and waits a while for its outcome, which is an answer here, well or not. @throws Refusal when it cannot be kept */
  async order<C extends CommandContract>(
    contract: C,
    payload: PayloadOf<C>,
    ...[options]: Options<OrderOptions & WithTokens<C>>
  ): Promise<Ordered> {
    return order(this.#link, contract, payload, options ?? { waitMs: 0 });
  }

  /** The outcome of a command that was sent at some time, if it comes soon enough. */
  async outcome(commandId: string, waitMs = 0): Promise<Outcome | undefined> {
    return outcomeOf(this.#link, commandId, waitMs);
  }

  /** Publishes what came of something that goes under an id as commands do, and is no command of a stream. @throws Refusal internal */
  settle(settled: Settled, result: Result): Promise<void> {
    return publishOutcome(this.#link, settled, result);
  }

  /** The last event that is kept of a subject. */
  async lastEvent<C extends EventContract>(contract: C, tokens: TokensOf<C>): Promise<PayloadOf<C> | undefined> {
    const kept = await lastOf(this.#link, streams.events.name, subjectOf<string>(contract, tokens));
    return kept ? (decode(contract.payload, kept.data) as PayloadOf<C>) : undefined;
  }

  /** Resolves once the event is kept. @throws WrongOwner; Refusal internal when it cannot be kept. */
  async publish<C extends EventContract>(
    contract: C,
    payload: PayloadOf<C>,
    ...[options]: Options<PublishOptions & WithTokens<C>>
  ): Promise<void> {
    return publish(this.#link, contract, payload, options ?? {});
  }

  /** Told to whoever listens now, and kept nowhere. @throws WrongOwner */
  signal<C extends SignalContract>(contract: C, payload: PayloadOf<C>, ...[options]: Options<WithTokens<C>>): void {
    sendSignal(this.#link, contract, payload, options?.tokens ?? {});
  }

  /** Hears the signals that are told from now on, of the tokens that are given. */
  listenTo<C extends SignalContract>(
    contract: C,
    listener: (heard: BusSignal<PayloadOf<C>>) => void,
    options: { readonly tokens?: Tokens } = {},
  ): Subscription {
    return listenTo(this.#link, contract, options.tokens ?? {}, listener);
  }

  bucket<C extends BucketContract>(contract: C): Bucket<C> {
    return new Bucket(this.#link, contract);
  }

  /** A live view of the events stream, or a replay that becomes one. It recovers by itself; events that do not decode are logged. */
  subscribe<C extends EventContract>(
    contract: C,
    listener: (event: BusEvent<PayloadOf<C>>) => void,
    options?: SubscribeOptions<C>,
  ): EventSubscription;
  /** Any subject of the events stream, wildcards included; payloads come as plain JSON values. */
  subscribe(subject: string, listener: (event: BusEvent) => void, options?: { readonly from?: From }): EventSubscription;
  subscribe(
    what: EventContract | string,
    listener: (event: BusEvent<never>) => void,
    options: { readonly tokens?: Tokens; readonly from?: From } = {},
  ): EventSubscription {
    const filter = typeof what === 'string' ? what : wildcardOf<string>(what, options.tokens);
    const reading = (delivery: Delivery) => readEvent(what, delivery) as { tokens: Tokens; payload: never };
    return listen({ link: this.#link, filter, from: options.from ?? 'new', decode: reading, listener });
  }

  /** Sends bytes once, to whoever listens now. */
  publishBytes(subject: string, bytes: Uint8Array, headers: Readonly<Record<string, string>> = {}): void {
    publishBytes(this.#link, subject, bytes, headers);
  }

  subscribeBytes(subject: string, listener: (message: ByteMessage) => void): Subscription {
    return subscribeBytes(this.#link, subject, listener);
  }

  /** Answers what is asked on a subject that no contract has, wildcards included; a refusal is answered as a contract's is. */
  answerBytes(of: { readonly subject: string; readonly group: string }, answer: (message: ByteMessage) => Promise<object>): Subscription {
    return answerBytes(this.#link, of, answer);
  }

  /** Resolves once the server has all that was sent. */
  flush(): Promise<void> {
    return this.#link.nc.flush();
  }

  /** Lets what is on its way arrive, then closes the connection. */
  drain(): Promise<void> {
    return this.#link.drain();
  }
}

/** How many servers keep each stream and bucket. */
function replicasWanted(environment: Readonly<Record<string, string | undefined>>): number {
  const text = environment['VIRTBUS_REPLICAS'] ?? '1';
  if (!/^[135]$/.test(text)) throw new Error(`VIRTBUS_REPLICAS must be 1, 3 or 5, not "${text}"`);
  return Number(text);
}

function readEvent(what: EventContract | string, { subject, bytes }: Delivery): { tokens: Tokens; payload: unknown } {
  if (typeof what === 'string') return { tokens: {}, payload: JSON.parse(new TextDecoder().decode(bytes)) as unknown };
  return { tokens: tokensOf(what, subject) ?? {}, payload: decode(what.payload, bytes) };
}
