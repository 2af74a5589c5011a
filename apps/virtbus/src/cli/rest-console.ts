import { WebSocket } from 'ws';
import { FleetError, type ConsoleLine } from './fleet.js';

/** The gateway that has given the ticket: no other knows it. */
interface Gateway {
  readonly url: string;
  readonly ca?: string | undefined;
}

/** A guest's serial line through a gateway. */
export class RestConsole implements ConsoleLine {
  private listener: (bytes: Uint8Array) => void = () => undefined;
  /** What came before somebody listened. */
  private early: Uint8Array[] | undefined = [];
  readonly ended: Promise<void>;

  private constructor(private readonly socket: WebSocket) {
    this.ended = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('message', (bytes: Buffer) => (this.early ? this.early.push(bytes) : this.listener(bytes)));
    socket.on('error', () => socket.terminate());
  }

  /** @throws FleetError the gateway's refusal */
  static open(gateway: Gateway, path: string): Promise<RestConsole> {
    const socket = new WebSocket(addressOf(gateway, path), ['binary'], gateway.ca === undefined ? {} : { ca: gateway.ca });
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(new RestConsole(socket)));
      socket.once('error', (cause) =>
        reject(new FleetError('operation_failed', `the console cannot be opened: ${cause.message}`, { cause })),
      );
      socket.once('unexpected-response', (_, response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.on('end', () => reject(refusalOf(text)));
      });
    });
  }

  send(bytes: Uint8Array): void {
    this.socket.send(bytes, { binary: true });
  }

  onBytes(listener: (bytes: Uint8Array) => void): void {
    this.listener = listener;
    const { early = [] } = this;
    this.early = undefined;
    for (const bytes of early) listener(bytes);
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.ended;
  }
}

function addressOf({ url }: Gateway, path: string): string {
  if (url.startsWith('unix:')) return `ws+unix://${url.slice('unix:'.length).replace(/^\/\//, '')}:${path}`;
  const target = new URL(path, url);
  target.protocol = target.protocol === 'https:' ? 'wss:' : 'ws:';
  return target.toString();
}

function refusalOf(text: string): FleetError {
  try {
    const { code, detail } = JSON.parse(text) as { code?: unknown; detail?: unknown };
    if (typeof code === 'string' && typeof detail === 'string') return new FleetError(code, detail);
  } catch {
    // No problem document: below.
  }
  return new FleetError('operation_failed', 'the gateway does not open the console');
}
