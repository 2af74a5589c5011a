import { connect, type Socket } from 'node:net';
import { randomUUID } from 'node:crypto';
import { Refusal } from '@virtbus/contracts';
import type { HostLog } from './ports.js';

interface ConsoleMessage {
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** On an empty message: the client is still there. */
const ALIVE_HEADER = 'Virtbus-Alive';
/** On an empty message: so many bytes have been passed on. */
const TAKEN_HEADER = 'Virtbus-Taken';

/** The bus, as a console needs it: bytes out, bytes in. */
export interface ByteBus {
  publishBytes(subject: string, bytes: Uint8Array): void;
  subscribeBytes(subject: string, listener: (message: ConsoleMessage) => void): { close(): Promise<void> };
}

/** A session whose client says nothing for this long is over. Clients say something every few seconds. */
const SILENT_MS = 30_000;
/** Bytes of one message to the client; a guest that writes faster than the bus takes is held back by its own serial port. */
const MAX_CHUNK = 32 * 1024;

/** A screen sends no more than this ahead of what its client has taken. Bytes. */
const WINDOW = 1024 * 1024;
/** A device that is further behind than this with what it is sent has its session ended: a guest may never read. Bytes. */
const MAX_BEHIND = 8 * 1024 * 1024;
/** Whoever looks at one guest's screen at once. */
const MAX_SCREENS = 8;

/** Where a device listens: a socket's path, or a port. */
export type DevicePlace = string | { readonly host: string; readonly port: number };

interface Session {
  end(): void;
}

/** Connections between a guest's serial sockets and the bus. A serial device has one user at a time. */
export class Consoles {
  private readonly sessions = new Map<string, Session>();

  constructor(
    private readonly bus: ByteBus,
    private readonly log: HostLog,
  ) {}

  /**
   * Connects a device's socket to a pair of subjects, `<subject>.out` and `<subject>.in`; an empty message on either ends the session.
   * @throws Refusal operation_invalid when somebody else has it, operation_failed when QEMU does not take the connection
   */
  async open(path: string, force: boolean): Promise<string> {
    const held = this.sessions.get(path);
    if (held && !force)
      throw new Refusal('operation_invalid', 'Requested operation is not valid: Active console session exists for this domain');
    held?.end();
    const socket = await connected(path);
    const subject = `virtbus.v1.console.${randomUUID()}`;
    this.sessions.set(path, this.relay(path, socket, { subject, window: Number.POSITIVE_INFINITY }));
    return subject;
  }

  /**
   * As many may look as have room, each at a connection of its own.
   * @throws Refusal rate_limited, operation_failed
   */
  async openScreen(uuid: string, place: DevicePlace): Promise<string> {
    const open = [...this.sessions.keys()].filter((key) => key.startsWith(`screen ${uuid} `)).length;
    if (open >= MAX_SCREENS) throw new Refusal('rate_limited', `${open} already look at the screen of this domain; close one first`);
    const subject = `virtbus.v1.console.${randomUUID()}`;
    const key = `screen ${uuid} ${subject}`;
    this.sessions.set(key, this.relay(key, await connected(place), { subject, window: WINDOW }));
    return subject;
  }

  close(): void {
    for (const session of this.sessions.values()) session.end();
  }

  private relay(path: string, socket: Socket, { subject, window }: { readonly subject: string; readonly window: number }): Session {
    const session: Session = { end: () => socket.destroy() };
    const ahead = new Ahead(socket, window);
    let silence = setTimeout(() => session.end(), SILENT_MS);
    const input = this.bus.subscribeBytes(`${subject}.in`, ({ bytes, headers }) => {
      clearTimeout(silence);
      silence = setTimeout(() => session.end(), SILENT_MS);
      ahead.begin();
      const taken = headers[TAKEN_HEADER];
      if (taken !== undefined) ahead.taken(Number(taken));
      else if (bytes.length > 0) this.pass(path, socket, bytes);
      else if (headers[ALIVE_HEADER] === undefined) session.end();
    });
    socket.on('data', (bytes: Buffer) => {
      for (let at = 0; at < bytes.length; at += MAX_CHUNK) this.bus.publishBytes(`${subject}.out`, bytes.subarray(at, at + MAX_CHUNK));
      ahead.sent(bytes.length);
    });
    socket.on('error', (error) => this.log.warn(`console ${path}: ${error.message}`));
    socket.once('close', () => {
      clearTimeout(silence);
      if (this.sessions.get(path) === session) this.sessions.delete(path);
      this.bus.publishBytes(`${subject}.out`, new Uint8Array());
      void input.close();
    });
    return session;
  }

  private pass(path: string, socket: Socket, bytes: Uint8Array): void {
    socket.write(bytes);
    if (socket.writableLength <= MAX_BEHIND || socket.destroyed) return;
    this.log.warn(`console ${path}: the guest does not read what it is sent, ${socket.writableLength} bytes of it`);
    socket.destroy();
  }
}

/** Holds a device back whose client does not keep up, or does not listen yet: what a device says first is what a screen begins with. */
class Ahead {
  private sentSoFar = 0;
  private takenSoFar = 0;
  private begun = false;

  constructor(
    private readonly socket: Socket,
    private readonly window: number,
  ) {
    socket.pause();
  }

  /** The client has said something, so it listens. */
  begin(): void {
    if (!this.begun) this.socket.resume();
    this.begun = true;
  }

  sent(count: number): void {
    this.sentSoFar += count;
    if (this.sentSoFar - this.takenSoFar > this.window) this.socket.pause();
  }

  /** What is no number of bytes that were sent is none at all. */
  taken(count: number): void {
    if (!(count > this.takenSoFar && count <= this.sentSoFar)) return;
    this.takenSoFar = count;
    if (this.sentSoFar - this.takenSoFar <= this.window) this.socket.resume();
  }
}

const words = (place: DevicePlace): string => (typeof place === 'string' ? place : `${place.host}:${place.port}`);

function connected(place: DevicePlace): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = typeof place === 'string' ? connect(place) : connect(place);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (cause) =>
      reject(new Refusal('operation_failed', `operation failed: the device at ${words(place)} takes no connection`, { cause })),
    );
  });
}
