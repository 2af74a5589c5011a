import type { CommandContract, PayloadClass, RequestContract } from '@virtbus/contracts';
import type { QueryRow } from './core/query.js';
import type { Call } from '../access/index.js';

/** One method of one resource: all that is to be known of it before its body is read. */
export interface RouteRow {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** As Nest writes it: `/v1/domains/:domain`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  /** What is called, for roles; `undefined`: nobody is asked who he is. */
  readonly call: RequestContract | CommandContract | Call | undefined;
  /** Whose payload and reply the call's are, where that is another than `call` says. */
  readonly contract?: RequestContract | CommandContract;
  readonly query?: Readonly<Record<string, QueryRow>>;
  /** The payload that a JSON body holds. */
  readonly json?: PayloadClass;
  /** Fields of that payload that the path or the question mark holds: a body need not have them. */
  readonly besideBody?: readonly string[];
  /** An XML document is taken, too. */
  readonly xml?: true;
  /** The body is bytes as they are, and nothing else. */
  readonly bytes?: true;
  /** What the answer holds; a class, or a type of content. */
  readonly reply: PayloadClass | 'text/event-stream' | 'text/html' | 'application/octet-stream' | 'none';
  /** The answer may be had as XML. */
  readonly orXml?: true;
  /** The answer may be had as a picture. */
  readonly orImage?: true;
  /** A command is carried out: it may take longer than the caller waits. */
  readonly operation?: 'made' | 'done';
  /** A definition is changed: If-Match says which one the caller has read. */
  readonly matched?: true;
  /** The answer has an entity tag. */
  readonly tagged?: true;
}

export const pathParameters = ({ path }: Pick<RouteRow, 'path'>): string[] => [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);

/** Whether a path is one of the route's. */
export const isAt = ({ path }: Pick<RouteRow, 'path'>, requested: string): boolean =>
  new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}/?$`).test(requested);

/** The contract behind a route, when there is one. */
export const contractOf = ({ contract, call }: Pick<RouteRow, 'contract' | 'call'>): RequestContract | CommandContract | undefined =>
  contract ?? (call && 'example' in call ? call : undefined);
