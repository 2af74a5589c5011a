import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { streams, wildcardOf, type RequestContract, type ServiceName } from '@virtbus/contracts';
import { bindHandler, type BoundHandler } from './bound-handler.js';
import { linkOf, type Bus } from './bus.js';
import { Durable } from './durable.js';
import { BUS } from './handle.js';
import type { Link } from './link.js';
import type { Log } from './log.js';
import type { Tokens } from './names.js';
import { RequestServer } from './serve-requests.js';
import { settleCommand, type CommandHandler } from './settle-command.js';
import { settleEvent, type EventHandler } from './settle-event.js';

export interface BusTransportOptions {
  readonly bus: Bus;
  readonly service: ServiceName;
  /** What is known of the subjects' tokens: a host-agent hears only of its own host. */
  readonly tokens?: { readonly hostId: string };
  readonly log?: Log;
  /** How long `close` waits for handlers. Default 10 s. */
  readonly graceMs?: number;
}

const GRACE_MS = 10_000;
const HOST_PREFIX = 'virtbus.v1.host.';

/**
 * Nest's transport for the contracts: requests on core NATS, commands and events on JetStream, all on one connection.
 * `listen` resolves once the server knows of every subscription and consumer. `close` takes nothing more, waits for what is
 * being handled, and leaves the connection to whoever made it.
 */
export class BusTransport extends Server implements CustomTransportStrategy {
  override readonly transportId = BUS;
  /** The failure of an event's handler comes to this transport, which logs it once. */
  override readonly propagatesEventHandlerErrors = true;
  readonly #options: BusTransportOptions;
  readonly #link: Link;
  readonly #closing = new AbortController();
  readonly #servers: RequestServer[] = [];
  #durables: Durable[] = [];

  constructor(options: BusTransportOptions) {
    super();
    this.#options = options;
    this.#link = linkOf(options.bus);
  }

  override addHandler(pattern: string, callback: MessageHandler, isEventHandler = false, extras: Record<string, unknown> = {}): void {
    if (this.messageHandlers.has(pattern)) {
      throw new Error(`two handlers for ${pattern}: give one of an event's handlers a durable name of its own`);
    }
    super.addHandler(pattern, callback, isEventHandler, extras);
  }

  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      await this.#listen();
      callback();
    } catch (cause) {
      callback(cause);
    }
  }

  /** The transport has no events of its own: what happens to the connection is said through the log. */
  on(): void {
    throw new Error('the bus transport has no events');
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the signature is Nest's
  unwrap<T>(): T {
    return this.#options.bus as T;
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    const graceMs = this.#options.graceMs ?? GRACE_MS;
    const [left] = await Promise.all([
      Promise.all(this.#durables.map((durable) => durable.close(graceMs))),
      within(graceMs, Promise.all(this.#servers.map((server) => server.close()))),
    ]);
    const stuck = left.reduce((sum, count) => sum + count, 0);
    if (stuck > 0) this.#link.log.warn(`${this.#options.service} closes over ${stuck} unfinished messages; they will be delivered again`);
    // Acknowledgements have no answer of their own: only a flush says that they have arrived.
    if (this.#link.connected && !this.#link.nc.isClosed()) await within(graceMs, this.#link.nc.flush());
  }

  async #listen(): Promise<void> {
    const handlers = [...this.messageHandlers.values()].map(bindHandler);
    for (const { contract } of handlers) this.#checkOwner(contract.kind === 'event' ? this.#link.owner : contract.owner, contract.subject);
    const commands = handlers.filter(isCommand);
    const onHost = commands.filter(({ contract }) => contract.subject.startsWith(HOST_PREFIX));
    for (const handler of handlers) if (isRequest(handler)) this.#serve(handler);
    this.#durables = await Promise.all([
      ...commands.filter((handler) => !onHost.includes(handler)).map((handler) => this.#takeCommands(handler)),
      ...(onHost.length > 0 ? [this.#takeHostCommands(onHost)] : []),
      ...handlers.filter(isEvent).map((handler) => this.#hear(handler)),
    ]);
    await this.#link.nc.flush();
  }

  #checkOwner(owner: string, subject: string): void {
    const { service } = this.#options;
    if (this.#link.owner !== service) throw new Error(`${service} runs on a connection of ${this.#link.owner}`);
    if (owner !== service) throw new Error(`${service} handles ${subject}, which ${owner} owns`);
  }

  get #tokens(): Tokens {
    return this.#options.tokens ?? {};
  }

  #serve(handler: BoundHandler & { readonly contract: RequestContract }): void {
    const { service } = this.#options;
    this.#servers.push(new RequestServer({ link: this.#link, group: service, tokens: this.#tokens, contract: handler.contract, handler }));
  }

  /** One consumer for each kind of command: a work queue takes no two whose filters overlap. */
  #takeCommands(handler: CommandHandler): Promise<Durable> {
    const name = tokenized(handler.contract.subject);
    return this.#consume(name, streams.commands.name, handler.contract.subject, [handler]);
  }

  /** One consumer for all commands of a host: a fleet has thousands of hosts. */
  #takeHostCommands(handlers: readonly CommandHandler[]): Promise<Durable> {
    const { hostId } = this.#tokens;
    if (hostId === undefined) throw new Error(`${this.#options.service} handles commands of a host: tokens.hostId is missing`);
    return this.#consume(`host_${hostId}`, streams.hosts.name, `${HOST_PREFIX}${hostId}.cmd.>`, handlers);
  }

  #consume(name: string, stream: string, filter: string, handlers: readonly CommandHandler[]): Promise<Durable> {
    const bySubject = new Map(handlers.map((handler) => [wildcardOf<string>(handler.contract, this.#tokens), handler]));
    const handlerOf = (subject: string): CommandHandler | undefined => bySubject.get(subject);
    const settling = { link: this.#link, stream, consumer: name, handlerOf, closing: this.#closing.signal };
    const maxInFlight = Math.max(...handlers.map((handler) => handler.maxInFlight));
    return Durable.start({ link: this.#link, stream, name, filter, maxInFlight, handle: (delivery) => settleCommand(settling, delivery) });
  }

  #hear(handler: EventHandler): Promise<Durable> {
    const { contract, maxInFlight } = handler;
    const name = this.#durableName(handler);
    const stream = streams.events.name;
    const hearing = { link: this.#link, stream, consumer: name, handler, closing: this.#closing.signal };
    const filter = wildcardOf<string>(contract, this.#tokens);
    return Durable.start({ link: this.#link, stream, name, filter, maxInFlight, handle: (delivery) => settleEvent(hearing, delivery) });
  }

  /** Replicas of a service share a consumer; each host has its own. */
  #durableName({ contract, durable }: EventHandler): string {
    const own = durable ?? `${this.#options.service}_${tokenized(contract.subject)}`;
    return this.#tokens['hostId'] === undefined ? own : `${own}_${this.#tokens['hostId']}`;
  }
}

/** Consumer names hold no dots and no braces. */
const tokenized = (subject: string): string =>
  subject
    .replace(/^virtbus\.v1\./, '')
    .replaceAll(/[{}]/g, '')
    .replaceAll('.', '_');

const isRequest = (handler: BoundHandler): handler is BoundHandler & { readonly contract: RequestContract } =>
  handler.contract.kind === 'request';
const isCommand = (handler: BoundHandler): handler is CommandHandler => handler.contract.kind === 'command';
const isEvent = (handler: BoundHandler): handler is EventHandler => handler.contract.kind === 'event';

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work, over]).finally(() => clearTimeout(timer));
}
