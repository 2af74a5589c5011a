/** The sockets that REST is served on, one HTTP server each, with one handler behind them all. */
import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { NotStarted } from '@virtbus/messaging';
import { notListening, tlsFiles, type RestListening } from './listening.js';

export interface Handling {
  readonly handle: RequestListener;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

type At = { readonly path: string } | { readonly host: string; readonly port: number } | { readonly fd: number };

/** Calls that came through the local socket, whose users need no credential. */
const local = new WeakSet<IncomingMessage>();

export const isLocal = (request: IncomingMessage): boolean => local.has(request);

/** Whoever is slow holds a connection, not the gateway: head and body have their time, and there are only so many. */
const timeouts: ServerOptions = {
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1024,
};
const MAX_CONNECTIONS = 4_096;
const OWNER_ONLY = 0o600;

export class HttpServers {
  private readonly servers: Server[] = [];
  /** Where a client finds each: `unix:/path`, `http://host:port`. */
  readonly addresses: string[] = [];

  constructor(private readonly handling: Handling) {}

  /** @throws the system's error when an address cannot be listened to */
  async listen({ socket, tcp, tls }: RestListening): Promise<void> {
    if (socket !== undefined) await this.listenLocally(socket);
    if (!tcp) return;
    const server = tls
      ? createTlsServer({ ...timeouts, ...(await tlsFiles(tls)), minVersion: 'TLSv1.2' }, this.handling.handle)
      : createServer(timeouts, this.handling.handle);
    await this.start(server, tcp.fd === undefined ? { host: tcp.host, port: tcp.port } : { fd: tcp.fd }).catch((cause: unknown) => {
      throw cause instanceof Error ? notListening(tcp, cause) : cause;
    });
    const { port } = server.address() as AddressInfo;
    this.addresses.push(`${tls ? 'https' : 'http'}://${tcp.host.includes(':') ? `[${tcp.host}]` : tcp.host}:${port}`);
  }

  async close(): Promise<void> {
    await Promise.all(
      this.servers.map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      ),
    );
  }

  private async listenLocally(path: string): Promise<void> {
    if (await answers(path)) throw new NotStarted(`${path}: another gateway serves REST there`);
    await rm(path, { force: true });
    const server = createServer(timeouts, (request, response) => {
      local.add(request);
      this.handling.handle(request, response);
    });
    // Made for nobody else from its first moment: the mask holds for the whole process, and for this moment only.
    const mask = process.umask(0o177);
    try {
      await this.start(server, { path });
    } finally {
      process.umask(mask);
    }
    await chmod(path, OWNER_ONLY);
    this.addresses.push(`unix:${path}`);
  }

  private start(server: Server, at: At): Promise<void> {
    server.maxConnections = MAX_CONNECTIONS;
    server.on('upgrade', this.handling.upgrade);
    server.on('clientError', (_error: Error, socket: Duplex) => socket.destroy());
    this.servers.push(server);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(at, () => {
        server.off('error', reject);
        resolve();
      });
    });
  }
}

/** A socket that nobody listens to any more is a file that a killed gateway has left. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
