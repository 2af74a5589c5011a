/** Calls to a gateway: over TCP, TLS or the local socket. */
import { request, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestTls } from 'node:https';
import { FleetError } from './fleet.js';
import type { GatewayAddress } from './gateway-address.js';
import { limitConnecting, noAnswer, watchSilence } from './gateway-patience.js';

export interface HttpCall {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** A body of bytes as they are. */
  readonly bytes?: Uint8Array;
  readonly signal?: AbortSignal;
  /** Done twice it is as done once. */
  readonly repeatable?: true;
  /** How long the answer may take while nothing moves. Milliseconds. */
  readonly timeoutMs: number;
}

/** Within this a gateway is there. Milliseconds. */
export const CONNECT_MS = 3_000;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Readonly<Record<string, unknown>>;
}

/** A page of a list has half a MiB; one document at most a few. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Errors of a connection that was never there: nothing was sent. */
const neverConnected: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

const HELLO = { method: 'GET', path: '/v1/version' } as const;

/** A gateway cannot be talked to. */
class Unreachable extends FleetError {
  constructor(
    readonly url: string,
    cause: unknown,
  ) {
    super('fleet_unreachable', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

export class HttpClient {
  /** Which of the gateways answered last. */
  private current = 0;

  constructor(
    readonly gateway: GatewayAddress,
    private readonly connectMs: number = CONNECT_MS,
  ) {}

  /** Asks whether a gateway is there: the first of them that is. @throws FleetError */
  async hello(): Promise<void> {
    await this.call({ ...HELLO, timeoutMs: this.connectMs });
  }

  /** The gateway that is asked: the one that answered last. */
  get url(): string {
    return this.gateway.urls[this.current] ?? '';
  }

  /** @throws FleetError the gateway's refusal, or that none of them can be reached */
  async call(call: HttpCall): Promise<HttpAnswer> {
    return this.ofOne(call, async () => {
      const response = await this.openHere(call);
      const body = jsonOf(await this.read(response));
      const status = response.statusCode ?? 0;
      if (status >= 400) throw refusalOf(status, body);
      return { status, headers: response.headers, body };
    });
  }

  /** The answer once its head is there, when it is no refusal. @throws FleetError */
  async stream(call: HttpCall): Promise<IncomingMessage> {
    return this.ofOne(call, async () => {
      const response = await this.openHere(call);
      const { statusCode = 0 } = response;
      if (statusCode >= 400) throw refusalOf(statusCode, jsonOf(await this.read(response)));
      return response;
    });
  }

  /** The answer once its head is there. @throws FleetError */
  open(call: HttpCall): Promise<IncomingMessage> {
    return this.ofOne(call, () => this.openHere(call));
  }

  /** Each gateway once, as long as nothing can have been done twice. */
  private async ofOne<T>(call: HttpCall, ask: () => Promise<T>): Promise<T> {
    const { length } = this.gateway.urls;
    const tried: Unreachable[] = [];
    for (;;) {
      try {
        return await ask();
      } catch (thrown) {
        if (thrown instanceof Unreachable) tried.push(thrown);
        if (tried.length === length || !mayAskAnother(call, thrown)) throw this.saying(tried, thrown);
        this.current = (this.current + 1) % length;
      }
    }
  }

  private openHere({ method, path, headers = {}, timeoutMs, signal, ...call }: HttpCall): Promise<IncomingMessage> {
    const body = bodyOf(call);
    const { token } = this.gateway;
    const all = {
      accept: 'application/json',
      ...body?.headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    };
    return new Promise((resolve, reject) => {
      const sent = this.request(path, { method, headers: all, timeout: timeoutMs, ...(signal ? { signal } : {}) });
      sent.once('response', resolve);
      sent.once('timeout', () => sent.destroy(noAnswer(timeoutMs)));
      limitConnecting(sent, this.connectMs);
      watchSilence(sent, (withinMs) => this.isThere(withinMs));
      sent.once('error', (cause) => reject(this.unreachable(cause)));
      sent.end(body?.bytes);
    });
  }

  /** On a connection of its own: the other one may have an answer on its way. */
  private isThere(withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const sent = this.request(HELLO.path, { method: HELLO.method, agent: false, signal: AbortSignal.timeout(withinMs) });
      sent.once('response', (response) => {
        response.resume();
        resolve(true);
      });
      sent.once('error', () => resolve(false));
      sent.end();
    });
  }

  private request(path: string, options: RequestOptions): ClientRequest {
    const { url } = this;
    if (url.startsWith('unix:')) return request({ ...options, socketPath: url.slice('unix:'.length).replace(/^\/\//, ''), path });
    const target = new URL(path, url);
    const { ca } = this.gateway;
    return target.protocol === 'https:'
      ? requestTls(target, { ...options, ...(ca === undefined ? {} : { ca }) })
      : request(target, options);
  }

  private async read(response: IncomingMessage): Promise<string> {
    const parts: Buffer[] = [];
    let length = 0;
    try {
      for await (const part of response as AsyncIterable<Buffer>) {
        length += part.length;
        if (length > MAX_BYTES) throw new Error(`it answers more than ${MAX_BYTES} bytes`);
        parts.push(part);
      }
    } catch (cause) {
      response.destroy();
      throw this.unreachable(cause);
    }
    return Buffer.concat(parts).toString('utf8');
  }

  private unreachable(cause: unknown): FleetError {
    return new Unreachable(this.url, cause);
  }

  /** Of each gateway that was asked, why it cannot be talked to; and what to do. */
  private saying(tried: readonly Unreachable[], thrown: unknown): unknown {
    const last = tried.at(-1);
    if (!last || thrown !== last) return thrown;
    const { urls, origin } = this.gateway;
    const next = isDistrusted(last.cause)
      ? "name the certificates of its authority with VIRTBUS_CA_FILE, or 'virtbus login --ca-file'"
      : "run 'virtbus up', or say where a gateway is with --url, VIRTBUS_URL or 'virtbus context use'";
    const why = tried.length === 1 ? last.message : tried.map(({ url, message }) => `\n${url}: ${message}`).join('');
    const words = `no gateway to talk to at ${urls.join(', ')} (${origin}): ${why}\n${next}`;
    return new FleetError('fleet_unreachable', words, { cause: last.cause });
  }
}

function bodyOf({ body, bytes }: Pick<HttpCall, 'body' | 'bytes'>): { readonly headers: object; readonly bytes: Uint8Array } | undefined {
  const all = bytes ?? (body === undefined ? undefined : Buffer.from(JSON.stringify(body)));
  if (all === undefined) return undefined;
  const type = bytes === undefined ? 'application/json' : 'application/octet-stream';
  return { headers: { 'content-type': type, 'content-length': String(all.length) }, bytes: all };
}

const codeOf = (thrown: unknown): unknown => (thrown instanceof Error && 'code' in thrown ? thrown.code : undefined);

/** OpenSSL's names for a certificate that nobody known vouches for. */
const isDistrusted = (cause: unknown): boolean => /SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|CERT_UNTRUSTED/.test(String(codeOf(cause)));

/** What was not sent, changes nothing, or has a key that makes it one however often it is sent. */
const mayAskAnother = ({ method, headers = {}, repeatable }: HttpCall, thrown: unknown): boolean =>
  thrown instanceof Unreachable &&
  (method === 'GET' || repeatable === true || headers['idempotency-key'] !== undefined || neverConnected.has(codeOf(thrown.cause)));

function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // Below.
  }
  throw new FleetError('fleet_unreachable', 'what answers there is no gateway of virtbus');
}

function refusalOf(status: number, body: Readonly<Record<string, unknown>>): FleetError {
  const { code, detail, path, libvirt } = body;
  const number = typeof libvirt === 'object' && libvirt !== null && 'code' in libvirt ? libvirt.code : undefined;
  if (typeof code !== 'string' || typeof detail !== 'string') return new FleetError('internal', `the gateway answers ${status}`);
  return new FleetError(code, detail, {
    path: typeof path === 'string' ? path : undefined,
    libvirt: typeof number === 'number' ? number : undefined,
  });
}
