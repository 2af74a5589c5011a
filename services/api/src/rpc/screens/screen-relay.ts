/**
 * Guests' screens at ports of this gateway. QEMU serves a screen on its host, where no client is; a client that is told of one here finds
 * it where the gateway is, wherever the guest runs.
 */
import { createServer, Socket, type Server } from 'node:net';
import { Refusal } from '@virtbus/contracts';
import { socketPair } from '@virtbus/libc';
import type { Log } from '@virtbus/messaging';

/** Where a client finds a screen. */
export interface ScreenAddress {
  readonly address: string;
  readonly port: number;
}

/** The guest's side of one connection. */
export interface ScreenLine {
  send(bytes: Uint8Array): void;
  onBytes(listener: (bytes: Uint8Array) => void): void;
  /** The client has taken so many bytes more. */
  taken(count: number): void;
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

export interface ScreenRelayNeed {
  /** The address of this gateway that screens are served at. */
  readonly address: string;
  /** For a client that has been asked who it is. @throws Refusal */
  openScreen(uuid: string): Promise<ScreenLine>;
  /** For whoever connects to the port. @param from its address. @throws Refusal */
  openToStranger(uuid: string, from: string | undefined): Promise<ScreenLine>;
  /** Tells of every domain that may have ended; what it returns ends the telling. */
  onEnded(listener: (uuid: string) => void): () => void;
  readonly log: Log;
}

/** libvirt's usual range for them; 5900 is display 0. */
const FIRST_PORT = 5900;
const LAST_PORT = 65_535;
/** Screens that have been asked for and may be connected to; beyond that the one that was asked for longest ago has to be asked for again. */
const MOST_DOORS = 1_024;

interface Door {
  readonly server: Server;
  readonly port: number;
  readonly clients: Set<Socket>;
}

export class ScreenRelay {
  /** In the order in which they were asked for. */
  private readonly doors = new Map<string, Promise<Door | undefined>>();
  /** Of those who were handed a connection. */
  private readonly handed = new Set<Socket>();
  private readonly forgetEnded: () => void;

  constructor(private readonly need: ScreenRelayNeed) {
    this.forgetEnded = need.onEnded((uuid) => void this.shut(uuid));
  }

  /**
   * Serves a domain's screen, from the first time that somebody asks where it is until the domain ends.
   * @returns undefined when no port is free
   */
  async of(uuid: string): Promise<ScreenAddress | undefined> {
    const known = this.doors.get(uuid);
    const opening = known ?? this.openDoor(uuid);
    this.doors.delete(uuid);
    this.doors.set(uuid, opening);
    if (!known) await this.shutOldest();
    const door = await opening;
    return door && { address: this.need.address, port: door.port };
  }

  /**
   * A connection to a domain's screen that needs no port: the end of a socket pair, for the caller to pass on and to close.
   * @throws Refusal
   */
  async open(uuid: string): Promise<number> {
    const line = await this.need.openScreen(uuid);
    const [ours, theirs] = socketPair();
    const socket = new Socket({ fd: ours });
    socket.on('error', () => socket.destroy());
    this.handed.add(socket);
    socket.once('close', () => this.handed.delete(socket));
    join(socket, line);
    return theirs;
  }

  async close(): Promise<void> {
    this.forgetEnded();
    for (const socket of this.handed) socket.destroy();
    await Promise.all([...this.doors.keys()].map((uuid) => this.shut(uuid)));
  }

  private async openDoor(uuid: string): Promise<Door | undefined> {
    const door = await this.firstFree(uuid).catch((thrown: unknown) => {
      this.need.log.error(`the screen of domain ${uuid} cannot be shown at ${this.need.address}`, thrown);
    });
    if (!door) this.doors.delete(uuid);
    return door ?? undefined;
  }

  /** @throws the system's error when the address is not this machine's */
  private async firstFree(uuid: string): Promise<Door | undefined> {
    for (let port = FIRST_PORT; port <= LAST_PORT; port += 1) {
      const door = await this.listen(uuid, port);
      if (door) return door;
    }
    return undefined;
  }

  /** @returns undefined when somebody else has the port. @throws the system's error for anything else */
  private listen(uuid: string, port: number): Promise<Door | undefined> {
    const clients = new Set<Socket>();
    const server = createServer((socket) => void this.serve(uuid, socket, clients));
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
      server.listen({ host: this.need.address, port }, () => {
        server.removeAllListeners('error').on('error', (error) => this.need.log.error(`screens on port ${port}`, error));
        resolve({ server, port, clients });
      });
    });
  }

  private async serve(uuid: string, socket: Socket, clients: Set<Socket>): Promise<void> {
    socket.on('error', () => socket.destroy());
    clients.add(socket);
    socket.once('close', () => clients.delete(socket));
    // What a client says before the guest's side is there waits in the socket.
    socket.pause();
    try {
      join(socket, await this.need.openToStranger(uuid, socket.remoteAddress));
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) this.need.log.error(`the screen of domain ${uuid}`, thrown);
      socket.destroy();
    }
  }

  private async shutOldest(): Promise<void> {
    const [oldest] = this.doors.keys();
    if (this.doors.size > MOST_DOORS && oldest !== undefined) await this.shut(oldest);
  }

  private async shut(uuid: string): Promise<void> {
    const opening = this.doors.get(uuid);
    this.doors.delete(uuid);
    const door = await opening;
    if (!door) return;
    for (const client of door.clients) client.destroy();
    await new Promise<void>((resolve) => void door.server.close(() => resolve()));
  }
}

/** Bytes go as they come, both ways; whichever end closes takes the other with it. A client that does not read holds its guest's side back. */
function join(socket: Socket, line: ScreenLine): void {
  const end = (): void => void line.close().catch(() => undefined);
  if (socket.destroyed) return end();
  socket.once('close', end);
  socket.on('data', (bytes: Buffer) => line.send(bytes));
  line.onBytes((bytes) => void socket.write(bytes, (error) => void (error ?? line.taken(bytes.length))));
  line.ended.then(
    () => socket.end(),
    () => socket.destroy(),
  );
  socket.resume();
}
