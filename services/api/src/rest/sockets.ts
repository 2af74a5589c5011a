/** WebSockets to guests' serial consoles and screens. Each is opened with a ticket, which is good once. */
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { errors, openConsole, openGraphics, Refusal, refusalFrom } from '@virtbus/contracts';
import { BusConsole, type Bus, type Log } from '@virtbus/messaging';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Admission, Gate, Tickets } from '../access/index.js';
import type { FleetMemory } from '../fleet.memory.js';
import type { Streams } from './streams.js';

export interface SocketParts {
  readonly bus: Bus;
  readonly gate: Gate;
  readonly tickets: Tickets;
  readonly memory: FleetMemory;
  readonly streams: Streams;
  readonly log: Log;
}

/** noVNC's and websockify's name for bytes as they are. */
const PROTOCOL = 'binary';
/** Of one message from the client. A keyboard and a clipboard need no more. */
const MAX_MESSAGE = 256 * 1024;
/** A client that is further behind than this is let go. Bytes. */
const MAX_BEHIND = 8 * 1024 * 1024;
/** A client that is gone without a word is noticed by what it does not acknowledge. Milliseconds. */
const PING_MS = 30_000;
/** Whoever has been refused has this long to hang up. Milliseconds. */
const LEAVE_MS = 2_000;

/** Codes of RFC 6455: the guest has ended it; a fault of the gateway's; the client does not keep up. */
const [NORMAL, FAULT, BEHIND] = [1000, 1011, 1013];

/** The guest's side of one connection. */
interface Line {
  send(bytes: Uint8Array): void;
  onBytes(listener: (bytes: Uint8Array) => void): void;
  /** The client has taken so many bytes more. */
  taken(count: number): void;
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

export class Sockets {
  private readonly server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE,
    handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
    perMessageDeflate: false,
  });

  constructor(private readonly parts: SocketParts) {}

  /** Takes a connection that wants to become a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    this.open(request).then(
      ({ line, leave }) => this.server.handleUpgrade(request, socket, head, (client) => this.relay(client, line, leave)),
      (thrown: unknown) => this.refuse(socket, thrown),
    );
  }

  close(): void {
    for (const client of this.server.clients) client.terminate();
    this.server.close();
  }

  /** @throws Refusal no_resource, unauthenticated, no_domain, operation_invalid … */
  private async open(request: IncomingMessage): Promise<{ readonly line: Line; readonly leave: () => void }> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://gateway');
    const kind = /^\/v1\/(?<kind>console|graphics)$/.exec(pathname)?.groups?.['kind'];
    if (kind !== 'console' && kind !== 'graphics') throw new Refusal('no_resource', `no WebSocket is at ${pathname}`);
    const admission = this.parts.tickets.redeem(searchParams.get('ticket') ?? '', kind);
    const { caller } = admission;
    const leave = this.parts.streams.enter(caller, this.parts.gate.limitsOf(caller.identity));
    try {
      const contract = kind === 'console' ? openConsole : openGraphics;
      const { commandId } = admission;
      return { line: await this.parts.gate.settled({ commandId, contract }, () => this.lineOf(admission)), leave };
    } catch (thrown) {
      leave();
      throw thrown;
    }
  }

  private async lineOf({ caller, kind, uuid, device, force }: Admission): Promise<Line> {
    const { bus, memory, gate } = this.parts;
    const domain = memory.domain(uuid);
    if (!domain || !gate.sees(caller, 'domain', domain.record))
      throw new Refusal('no_domain', `Domain not found: no domain with matching uuid '${uuid}'`);
    const { hostId } = domain;
    if (hostId === undefined) throw new Refusal('operation_invalid', 'Requested operation is not valid: domain is not running');
    if (kind === 'graphics') {
      const { subject } = await bus.request(openGraphics, { uuid }, { tokens: { hostId } });
      return BusConsole.join(bus, subject);
    }
    const question = { uuid, ...(device === undefined ? {} : { device }), ...(force === undefined ? {} : { force }) };
    const { subject } = await bus.request(openConsole, question, { tokens: { hostId } });
    return BusConsole.join(bus, subject);
  }

  private relay(client: WebSocket, line: Line, leave: () => void): void {
    client.binaryType = 'nodebuffer';
    client.on('error', () => client.terminate());
    client.on('message', (bytes: Buffer) => line.send(bytes));
    const pinging = setInterval(() => client.ping(), PING_MS);
    client.once('close', () => {
      clearInterval(pinging);
      leave();
      line.close().catch((cause: unknown) => this.parts.log.error('a console could not be closed', cause));
    });
    line.onBytes((bytes) => {
      client.send(bytes, { binary: true }, () => line.taken(bytes.length));
      if (client.bufferedAmount > MAX_BEHIND) client.close(BEHIND, 'too slow');
    });
    line.ended.then(
      () => client.close(NORMAL, 'the guest has ended the session'),
      () => client.close(FAULT),
    );
  }

  private refuse(socket: Duplex, thrown: unknown): void {
    if (!(thrown instanceof Refusal)) this.parts.log.error('a WebSocket could not be opened', thrown);
    const { code, message } = refusalFrom(thrown);
    const { status } = errors[code];
    const body = JSON.stringify({ type: `urn:virtbus:error:${code}`, status, detail: message, code });
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'connection: close',
      'content-type: application/problem+json',
      `content-length: ${Buffer.byteLength(body)}`,
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
    // HTTP's server knows it no more: nobody else ends it when its peer does not.
    const leaving = setTimeout(() => socket.destroy(), LEAVE_MS);
    socket.resume().once('close', () => clearTimeout(leaving));
  }
}
