/** Calls to a gateway: over TCP, TLS or the local socket. */
import { request, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestTls } from 'node:https';
import { FleetError } from './fleet.js';
import type { GatewayAddress } from './gateway-address.js';

export interface HttpCall {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** How long the answer may take. Milliseconds. */
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Readonly<Record<string, unknown>>;
}

/** A page of a list has half a MiB; one document at most a few. */
const MAX_BYTES = 16 * 1024 * 1024;

export class HttpClient {
  constructor(readonly gateway: GatewayAddress) {}

  /** @throws FleetError the gateway's refusal, or that it cannot be reached */
  async call(call: HttpCall): Promise<HttpAnswer> {
    const response = await this.open(call);
    const text = await this.read(response);
    const body = jsonOf(text);
    const status = response.statusCode ?? 0;
    if (status >= 400) throw refusalOf(status, body);
    return { status, headers: response.headers, body };
  }

  /** The answer once its head is there. @throws FleetError */
  open({ method, path, headers = {}, body, timeoutMs }: HttpCall): Promise<IncomingMessage> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const { token } = this.gateway;
    const all = {
      accept: 'application/json',
      ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    };
    return new Promise((resolve, reject) => {
      const sent = this.request(path, { method, headers: all, timeout: timeoutMs });
      sent.once('response', resolve);
      sent.once('timeout', () => sent.destroy(new Error(`no answer within ${Math.round(timeoutMs / 1_000)} s`)));
      sent.once('error', (cause) => reject(this.unreachable(cause)));
      sent.end(text);
    });
  }

  private request(path: string, options: RequestOptions): ClientRequest {
    const { url } = this.gateway;
    if (url.startsWith('unix:')) return request({ ...options, socketPath: url.slice('unix:'.length).replace(/^\/\//, ''), path });
    const target = new URL(path, url);
    return target.protocol === 'https:' ? requestTls(target, options) : request(target, options);
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
    const { url, origin } = this.gateway;
    const words = cause instanceof Error ? cause.message : String(cause);
    const next = "run 'virtbus up', or say where a gateway is with --url, VIRTBUS_URL or 'virtbus context use'";
    return new FleetError('fleet_unreachable', `no gateway to talk to at ${url} (${origin}): ${words}\n${next}`, { cause });
  }
}

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
