import type { IncomingMessage } from 'node:http';
import { happenedIn, type Happened, type Subject } from './core/happened.js';
import type { HttpClient } from './http-client.js';

const SILENT_MS = 45_000;
const PAUSE_MS = 500;
const MAX_LINE = 4 * 1024 * 1024;

interface Message {
  readonly id: string | undefined;
  readonly data: string;
}

/** What happens to domains or networks, as server-sent events; after a loss it goes on with the event after the last one. */
export class RestEvents {
  private closed = false;
  private response: IncomingMessage | undefined;
  private last: string | undefined;
  private kind: Subject = 'domain';

  constructor(private readonly client: HttpClient) {}

  /** @throws FleetError when the first connection fails; a later one is tried again */
  async follow(listener: (happened: Happened) => void, kind: Subject): Promise<void> {
    this.kind = kind;
    const first = await this.open();
    let ready: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (ready = resolve));
    void this.keep(first, listener, () => ready());
    await begun;
  }

  close(): void {
    this.closed = true;
    this.response?.destroy();
  }

  private async open(): Promise<IncomingMessage> {
    const headers = { accept: 'text/event-stream', ...(this.last === undefined ? {} : { 'last-event-id': this.last }) };
    const response = await this.client.open({ method: 'GET', path: `/v1/events?kinds=${this.kind}`, headers, timeoutMs: SILENT_MS });
    if (response.statusCode !== 200) {
      response.resume();
      await this.client.call({ method: 'GET', path: '/v1/whoami', timeoutMs: SILENT_MS });
      throw new Error(`the gateway answers ${response.statusCode ?? 0}`);
    }
    this.response = response;
    return response;
  }

  private async keep(first: IncomingMessage, listener: (happened: Happened) => void, ready: () => void): Promise<void> {
    let response: IncomingMessage | undefined = first;
    while (!this.closed) {
      if (response) await this.read(response, listener, ready).catch(() => undefined);
      if (this.closed) return;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      response = await this.open().catch(() => undefined);
    }
  }

  private async read(response: IncomingMessage, listener: (happened: Happened) => void, ready: () => void): Promise<void> {
    response.setEncoding('utf8');
    let rest = '';
    for await (const text of response as AsyncIterable<string>) {
      const blocks = `${rest}${text}`.split('\n\n');
      rest = blocks.pop() ?? '';
      if (rest.length > MAX_LINE) throw new Error('an event without an end');
      for (const block of blocks) {
        this.take(messageIn(block), listener);
        if (block.startsWith(': ready')) ready();
      }
    }
  }

  private take({ id, data }: Message, listener: (happened: Happened) => void): void {
    if (id !== undefined) this.last = id;
    const happened = data === '' ? undefined : happenedOf(data);
    if (happened) listener(happened);
  }
}

function messageIn(block: string): Message {
  const lines = block.split('\n');
  const field = (name: string): string | undefined => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  return { id: field('id'), data: field('data') ?? '' };
}

const happenedOf = (data: string): Happened | undefined => {
  const { what, payload } = JSON.parse(data) as { readonly what?: unknown; readonly payload?: unknown };
  return happenedIn(what, payload);
};
