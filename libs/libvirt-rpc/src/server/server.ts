import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions, type TLSSocket } from 'node:tls';
import type { AuthPolicy } from './auth-gate.js';
import { ServerConnection, type ConnectionOptions } from './connection.js';

const TICK_MS = 1_000;
/** libvirt's client waits for this byte inside of TLS before it says anything. */
const TLS_ACCEPTED = Buffer.from([1]);

export interface ServerLimits {
  readonly clients: number;
  /** What clients may together make the server hold: frames that are not whole, calls that wait, answers that nobody reads. Bytes. */
  readonly heldBytes: number;
  /** How long a client may take for its TLS handshake. Milliseconds. */
  readonly handshakeMs: number;
}

export const usualLimits: ServerLimits = { clients: 5_000, heldBytes: 256 * 1024 * 1024, handshakeMs: 10_000 };

export interface Listening {
  /** The port, for those that asked for any. */
  readonly address: ReturnType<Server['address']>;
}

type Common<S> = Omit<ConnectionOptions<S>, 'auth' | 'local' | 'onClose'> & { readonly onClose: (session: S) => void };

/** Every client of libvirt's protocol that one process serves, over any number of sockets. */
export class RpcServer<S> {
  private readonly connections = new Set<ServerConnection<S>>();
  private readonly servers: Server[] = [];
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly options: Common<S>,
    private readonly limits: ServerLimits = usualLimits,
  ) {
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.timer.unref();
  }

  get clients(): number {
    return this.connections.size;
  }

  /** Bytes that are kept for all of them. */
  get held(): number {
    return [...this.connections].reduce((sum, connection) => sum + connection.held, 0);
  }

  /** @throws the system's error when the address cannot be listened to */
  listen(where: { readonly path: string } | { readonly host: string; readonly port: number }, auth: AuthPolicy): Promise<Listening> {
    return this.start(
      createTcpServer({ noDelay: true }, (socket) => this.accept(socket, auth, 'path' in where)),
      where,
    );
  }

  /** @param auth what is asked of a client whose TLS handshake is done; `undefined` refuses it */
  listenTls(
    where: { readonly host: string; readonly port: number },
    tls: TlsOptions,
    auth: (socket: TLSSocket) => AuthPolicy | undefined,
  ): Promise<Listening> {
    const server = createTlsServer({ ...tls, handshakeTimeout: this.limits.handshakeMs }, (socket) => {
      socket.setNoDelay(true);
      const policy = auth(socket);
      if (!policy) return socket.destroy();
      socket.write(TLS_ACCEPTED);
      this.accept(socket, policy, false);
    });
    server.on('tlsClientError', (_, socket) => socket.destroy());
    // Whoever has not finished its handshake is no client yet, and holds a descriptor all the same.
    server.maxConnections = this.limits.clients;
    return this.start(server, where);
  }

  /** Takes no more clients and lets go of those that there are. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    const closed = this.servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const connection of this.connections) connection.close();
    await Promise.all(closed);
  }

  private start(server: Server, where: object): Promise<Listening> {
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(where, () => {
        server.off('error', reject);
        this.servers.push(server);
        resolve({ address: server.address() });
      });
    });
  }

  private accept(socket: Socket, auth: AuthPolicy, local: boolean): void {
    if (this.connections.size >= this.limits.clients) return void socket.destroy();
    const connection: ServerConnection<S> = new ServerConnection<S>(socket, {
      ...this.options,
      auth,
      local,
      onClose: (session) => {
        this.connections.delete(connection);
        if (session !== undefined) this.options.onClose(session);
      },
    });
    this.connections.add(connection);
  }

  private tick(): void {
    for (const connection of this.connections) connection.tick();
    this.shed();
  }

  /** When all that is held takes too much, whoever makes the server hold most of it goes. */
  private shed(): void {
    let { held } = this;
    if (held <= this.limits.heldBytes) return;
    for (const connection of [...this.connections].toSorted((a, b) => b.held - a.held)) {
      if (held <= this.limits.heldBytes) return;
      held -= connection.held;
      connection.close();
    }
  }
}
