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

/** The bus, as a console needs it: bytes out, bytes in. */
export interface ByteBus {
  publishBytes(subject: string, bytes: Uint8Array): void;
  subscribeBytes(subject: string, listener: (message: ConsoleMessage) => void): { close(): Promise<void> };
}

/** A session whose client says nothing for this long is over. Clients say something every few seconds. */
const SILENT_MS = 30_000;
/** Bytes of one message to the client; a guest that writes faster than the bus takes is held back by its own serial port. */
const MAX_CHUNK = 32 * 1024;

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
    this.sessions.set(path, this.relay(path, socket, subject));
    return subject;
  }

  close(): void {
    for (const session of this.sessions.values()) session.end();
  }

  private relay(path: string, socket: Socket, subject: string): Session {
    const session: Session = { end: () => socket.destroy() };
    let silence = setTimeout(() => session.end(), SILENT_MS);
    const input = this.bus.subscribeBytes(`${subject}.in`, ({ bytes, headers }) => {
      clearTimeout(silence);
      silence = setTimeout(() => session.end(), SILENT_MS);
      if (bytes.length > 0) socket.write(bytes);
      else if (headers[ALIVE_HEADER] === undefined) session.end();
    });
    socket.on('data', (bytes: Buffer) => {
      for (let at = 0; at < bytes.length; at += MAX_CHUNK) this.bus.publishBytes(`${subject}.out`, bytes.subarray(at, at + MAX_CHUNK));
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
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (cause) =>
      reject(new Refusal('operation_failed', `operation failed: the serial device at ${path} takes no connection`, { cause })),
    );
  });
}
