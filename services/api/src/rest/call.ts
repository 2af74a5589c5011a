import type { FastifyReply, FastifyRequest } from 'fastify';
import { MAX_XML_BYTES, Refusal } from '@virtbus/contracts';
import type { Caller, Limits } from '../access/index.js';
import { acceptedFormat, bodyFormat, type Format } from './core/negotiate.js';
import { readQuery, type Query } from './core/query.js';
import type { RouteRow } from './route.js';

/** A call that has been let in: who calls what, and what came with it. */
export interface RestCall {
  readonly caller: Caller;
  readonly row: RouteRow;
  readonly limits: Limits;
  readonly query: Query;
  /** The format that the caller wants. */
  readonly format: Format;
  /** Aborted when the caller goes away. */
  readonly gone: AbortSignal;
  readonly header: (name: string) => string | undefined;
  /** What stands in the path, by name. */
  readonly param: (name: string) => string;
  /** The address that was called. */
  readonly address: string;
  readonly body: () => Body;
  /** The body as it is. */
  readonly bytes: () => Uint8Array;
}

export type Body =
  | { readonly type: 'none' }
  | { readonly type: 'json'; readonly value: unknown }
  | { readonly type: 'xml'; readonly text: string };

/** What goes back. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is XML, bytes are as the headers say; anything else becomes JSON. */
  readonly body?: object | string | Uint8Array;
}

const calls = new WeakMap<FastifyRequest, RestCall>();

/** Nothing for what has not been let in. */
export const callLetIn = (request: FastifyRequest): RestCall | undefined => calls.get(request);

/** @throws Error when the call has not been let in: a fault of the gateway's wiring */
export function callOfRequest(request: FastifyRequest): RestCall {
  const call = calls.get(request);
  if (!call) throw new Error(`${request.url} was not let in`);
  return call;
}

interface LetIn {
  readonly caller: Caller;
  readonly row: RouteRow;
  readonly limits: Limits;
}

/** Reads what came with a call beside its body. @throws Refusal payload_invalid, media_type_unsupported */
export function letIn(request: FastifyRequest, reply: FastifyReply, { caller, row, limits }: LetIn): void {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : value?.[0];
  };
  const formats: readonly Format[] = ['json', ...(row.orXml ? (['xml'] as const) : []), ...(row.orImage ? (['image'] as const) : [])];
  const query = readQuery(row.query ?? {}, new URLSearchParams(request.url.split('?')[1] ?? ''));
  const params = request.params as Readonly<Record<string, string | undefined>>;
  calls.set(request, {
    caller,
    row,
    limits,
    query,
    format:
      row.reply === 'text/event-stream' || row.reply === 'application/octet-stream' ? 'json' : acceptedFormat(header('accept'), formats),
    gone: gone.signal,
    header,
    param: (name) => params[name] ?? '',
    address: request.url.split('?')[0] ?? '',
    body: () => bodyOf(request.body, row, header('content-type')),
    bytes: () => bytesOf(request.body, header('content-type')),
  });
}

const reader = new TextDecoder('utf-8', { fatal: true });

/** @throws Refusal payload_invalid, payload_too_large, media_type_unsupported */
function bodyOf(bytes: unknown, row: RouteRow, contentType: string | undefined): Body {
  if (!(bytes instanceof Uint8Array) || bytes.length === 0) return { type: 'none' };
  const format = bodyFormat(contentType);
  if (format === 'xml' && !row.xml) throw new Refusal('media_type_unsupported', 'the body must be application/json here');
  if (format === 'xml' && bytes.length > MAX_XML_BYTES) {
    throw new Refusal('payload_too_large', `XML of ${bytes.length} bytes is over the limit of ${MAX_XML_BYTES}`);
  }
  const text = textOf(bytes);
  return format === 'xml' ? { type: 'xml', text } : { type: 'json', value: jsonOf(text) };
}

/** @throws Refusal media_type_unsupported */
function bytesOf(bytes: unknown, contentType: string | undefined): Uint8Array {
  if (contentType?.split(';')[0]?.trim().toLowerCase() !== 'application/octet-stream')
    throw new Refusal('media_type_unsupported', 'the body must be application/octet-stream, and say so in Content-Type');
  return bytes instanceof Uint8Array ? bytes : new Uint8Array();
}

function textOf(bytes: Uint8Array): string {
  try {
    return reader.decode(bytes);
  } catch (cause) {
    throw new Refusal('payload_invalid', 'the body is not UTF-8', { cause });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Refusal('payload_invalid', 'the body is not JSON', { cause });
  }
}

/** The fields of a JSON body; none at all when there is no body. @throws Refusal payload_invalid */
export function fieldsOf(call: RestCall): Readonly<Record<string, unknown>> {
  const body = call.body();
  if (body.type === 'none') return {};
  if (body.type === 'json' && typeof body.value === 'object' && body.value !== null && !Array.isArray(body.value)) return { ...body.value };
  throw new Refusal('payload_invalid', 'the body must be a JSON object');
}

/** The XML of a definition: the body itself, or `xml` in it. @throws Refusal payload_invalid */
export function definitionOf(call: RestCall): { readonly xml: string; readonly fields: Readonly<Record<string, unknown>> } {
  const body = call.body();
  if (body.type === 'xml') return { xml: body.text, fields: {} };
  const fields = fieldsOf(call);
  const { xml } = fields;
  if (typeof xml !== 'string')
    throw new Refusal('payload_invalid', 'xml must be the definition: send the XML itself, or JSON with "xml"', { path: 'xml' });
  return { xml, fields };
}
