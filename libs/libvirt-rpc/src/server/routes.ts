import type { ArgsOf, Procedure, ReplyOf } from '../tables/index.js';
import type { ServerStream } from './server-stream.js';

/** What a handler may do beside answering. */
export interface Call {
  /** The stream that belongs to this call. What is sent on it follows the reply. */
  openStream(): ServerStream;
  /** For what must not reach the client before the reply does. */
  afterReply(act: () => void): void;
  /** Descriptors that the reply brings along; they are closed here once they have gone, or could not. */
  passDescriptors(...descriptors: readonly number[]): void;
}

export type Handler<P, S> = (args: ArgsOf<P>, session: S, call: Call) => ReplyOf<P> | Promise<ReplyOf<P>>;

/** Handlers by procedure name. A procedure without one is answered as not supported. */
export type Handlers<T, S> = { readonly [Name in keyof T]?: Handler<T[Name], S> };

export interface Route<S> {
  readonly name: string;
  readonly procedure: Procedure;
  readonly handler: Handler<Procedure, S> | undefined;
}

/** The procedures of one program, by number. */
export type Routes<S> = ReadonlyMap<number, Route<S>>;

export function routesOf<T extends Readonly<Record<string, Procedure>>, S>(table: T, handlers: Handlers<T, S>): Routes<S> {
  const entries = Object.entries(table).map(([name, procedure]): [number, Route<S>] => {
    return [procedure.number, { name, procedure, handler: handlers[name] }];
  });
  return new Map(entries);
}
