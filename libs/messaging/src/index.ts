/**
 * The contracts over NATS. Services speak to the bus through this package only.
 */
import type { DynamicModule, INestMicroservice, Type } from '@nestjs/common';
import type { CustomTransportStrategy, Server } from '@nestjs/microservices';
import type { BucketContract, CommandContract, EventContract, RequestContract, ServiceName } from '@virtbus/contracts';
import type { BusOwner, Log, Options, PayloadOf, ReplyOf, Tokens, TokensOf, WithTokens } from './names.js';

export type { BusOwner, Log, Tokens, TokensOf, WithTokens } from './names.js';

export interface ConnectOptions {
  readonly servers: string | readonly string[];
  readonly name: string;
  readonly owner: BusOwner;
  readonly log?: Log;
  /** Create or update the streams and buckets. Default true. */
  readonly provision?: boolean;
  readonly signal?: AbortSignal;
}

export interface RequestOptions {
  /** Default 5000. */
  readonly timeoutMs?: number;
}

export interface SendOptions {
  /** The idempotency key; a new one when absent. */
  readonly id?: string;
  readonly deadline?: Date;
  /** The command under whose id the receiver publishes the outcome. */
  readonly causedBy?: string;
}

export interface RunOptions {
  readonly id?: string;
  readonly deadline?: Date;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface PublishOptions {
  readonly id?: string;
  readonly causedBy?: string;
}

export interface SentCommand {
  readonly commandId: string;
  readonly duplicate: boolean;
}

/** One event, as a listener gets it. */
export interface BusEvent<P = unknown> {
  readonly subject: string;
  readonly tokens: Readonly<Record<string, string>>;
  readonly payload: P;
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

export interface SubscribeOptions<C extends EventContract> {
  /** Only these tokens; the others may be any. */
  readonly tokens?: Partial<TokensOf<C>>;
  /** Default `new`. A sequence or an instant replays from there on. */
  readonly from?: 'new' | number | Date;
}

export interface ByteMessage {
  readonly subject: string;
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Entry<P> {
  readonly value: P;
  readonly revision: number;
  /** By the server's clock. */
  readonly writtenAt: Date;
}

export interface ViewEntry<P, K extends Tokens = Tokens> extends Entry<P> {
  readonly key: K;
}

export interface ViewChange<P, K extends Tokens = Tokens> {
  readonly key: K;
  /** Absent when the key was deleted. */
  readonly entry: Entry<P> | undefined;
  /** What the view held before. */
  readonly previous: Entry<P> | undefined;
}

/** A bucket's values, kept up to date. */
export declare class View<P extends object, K extends Tokens = Tokens> {
  get(key: K): Entry<P> | undefined;
  entries(): readonly ViewEntry<P, K>[];
  get size(): number;
  /** @returns what ends the listening. */
  onChange(listener: (change: ViewChange<P, K>) => void): () => void;
  close(): Promise<void>;
}

/** The key exists already, or its revision is not the expected one. */
export declare class BucketConflict extends Error {}
/** A write to a fact that another service owns. */
export declare class WrongOwner extends Error {}

export declare class Bucket<C extends BucketContract> {
  get(key: TokensOf<C>): Promise<Entry<PayloadOf<C>> | undefined>;
  create(key: TokensOf<C>, value: PayloadOf<C>): Promise<number>;
  update(key: TokensOf<C>, value: PayloadOf<C>, revision: number): Promise<number>;
  put(key: TokensOf<C>, value: PayloadOf<C>): Promise<number>;
  delete(key: TokensOf<C>, revision?: number): Promise<void>;
  view(filter?: Partial<TokensOf<C>>): Promise<View<PayloadOf<C>, TokensOf<C>>>;
}

export declare class Bus {
  static connect(options: ConnectOptions): Promise<Bus>;
  readonly owner: BusOwner;
  get connected(): boolean;
  readonly closed: Promise<void>;
  request<C extends RequestContract>(
    contract: C,
    payload: PayloadOf<C>,
    ...options: Options<RequestOptions & WithTokens<C>>
  ): Promise<ReplyOf<C>>;
  send<C extends CommandContract>(
    contract: C,
    payload: PayloadOf<C>,
    ...options: Options<SendOptions & WithTokens<C>>
  ): Promise<SentCommand>;
  run<C extends CommandContract>(contract: C, payload: PayloadOf<C>, ...options: Options<RunOptions & WithTokens<C>>): Promise<ReplyOf<C>>;
  publish<C extends EventContract>(contract: C, payload: PayloadOf<C>, ...options: Options<PublishOptions & WithTokens<C>>): Promise<void>;
  bucket<C extends BucketContract>(contract: C): Bucket<C>;
  subscribe<C extends EventContract>(
    contract: C,
    listener: (event: BusEvent<PayloadOf<C>>) => void,
    options?: SubscribeOptions<C>,
  ): Subscription;
  /** Any subject of the events stream, wildcards included: payloads come as plain JSON values. */
  subscribe(subject: string, listener: (event: BusEvent) => void, options?: { readonly from?: 'new' | number | Date }): Subscription;
  publishBytes(subject: string, bytes: Uint8Array, headers?: Readonly<Record<string, string>>): void;
  subscribeBytes(subject: string, listener: (message: ByteMessage) => void): Subscription;
  flush(): Promise<void>;
  drain(): Promise<void>;
}

export type Handled = RequestContract | CommandContract | EventContract;

export interface HandleOptions {
  /** Name of the durable consumer; only for a second handler of the same event within a service. */
  readonly durable?: string;
  /** How many messages are handled at once, over all replicas. Default 64. */
  readonly maxInFlight?: number;
}

/** What a handler knows of its message beside the payload. */
export interface MessageContext<T extends Tokens = Tokens> {
  readonly subject: string;
  readonly tokens: T;
  /** Under which a command's outcome is published; for an event, the command that led to it; for a request, its id. */
  readonly commandId: string;
  readonly sentAt: Date;
  readonly deadline?: Date;
  /** 1 the first time. */
  readonly deliveryCount: number;
  /** Of the stream; absent for a request. */
  readonly sequence?: number;
}

/** A command handler returns it when another service will publish the outcome for the same commandId. */
export interface HandedOn {
  readonly type: 'handed_on';
}
export declare const handedOn: HandedOn;

export type Answer<C extends Handled> = C extends CommandContract ? ReplyOf<C> | HandedOn : C extends RequestContract ? ReplyOf<C> : void;

export type HandlerOf<C extends Handled> = (payload: PayloadOf<C>, context: MessageContext<TokensOf<C>>) => Answer<C> | Promise<Answer<C>>;

export type HandlerDecorator<C extends Handled> = <M extends HandlerOf<C>>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void;

export declare function Handle<C extends Handled>(contract: C, options?: HandleOptions): HandlerDecorator<C>;

/** Thrown by a handler that cannot go on yet: it is called again after `ms`, until the command's deadline; then `cause` is the answer. */
export declare class RetryLater extends Error {
  constructor(ms: number, cause?: unknown);
  readonly ms: number;
}

/** Turns any id into one that may stand in a subject; the same id always into the same. */
export declare function operationToken(id: string): string;

export interface BusTransportOptions {
  readonly bus: Bus;
  readonly service: ServiceName;
  /** What is known of the subjects' tokens: a host-agent hears only of its own host. */
  readonly tokens?: { readonly hostId: string };
  readonly log?: Log;
}

export declare class BusTransport extends Server implements CustomTransportStrategy {
  constructor(options: BusTransportOptions);
  on(): never;
  unwrap<T>(): T;
  listen(callback: (error?: unknown) => void): Promise<void>;
  close(): Promise<void>;
}

export interface ServiceOptions {
  readonly service: ServiceName;
  /** Default `$VIRTBUS_NATS_URL`, else nats://127.0.0.1:4222. Not used when `bus` is given. */
  readonly servers?: string | readonly string[];
  /** A connection of the caller's, which stays the caller's to drain. */
  readonly bus?: Bus;
  readonly tokens?: { readonly hostId: string };
  readonly log?: Log;
  /** Close on SIGTERM and SIGINT. Default true; false when several services share a process. */
  readonly signals?: boolean;
  readonly signal?: AbortSignal;
}

export interface RunningService {
  readonly app: INestMicroservice;
  readonly bus: Bus;
  close(): Promise<void>;
}

/** Starts a service; every provider may inject `Bus`. */
export declare function createService(module: Type | DynamicModule, options: ServiceOptions): Promise<RunningService>;

export interface NatsServerOptions {
  readonly directory: string;
  /** Default 0: any free port. */
  readonly port?: number;
  readonly log?: Log;
}

export interface RunningNatsServer {
  readonly url: string;
  readonly pid: number;
  readonly version: string;
  /** True when a server of that directory was already running. */
  readonly adopted: boolean;
  stop(): Promise<void>;
  readonly exited: Promise<void>;
}

export declare function startNatsServer(options: NatsServerOptions): Promise<RunningNatsServer>;
