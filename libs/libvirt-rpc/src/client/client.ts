import { connect, type NetConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import { connectProcedures } from '../tables/connect-procedures-table.js';
import type { ArgsOf, EventMessage, MessageOf, Procedure, ReplyOf } from '../tables/index.js';
import { remoteError } from '../tables/values-table.js';
import { XdrReader } from '../xdr/index.js';
import { frameOf, rawFrameOf, type Frame } from '../wire/frame.js';
import { FrameSplitter } from '../wire/frame-splitter.js';
import { keepalive, LENGTH_BYTES, MAX_MESSAGE_BYTES, messageType, programs, status } from '../wire/numbers.js';
import { RemoteError } from '../wire/remote-error.js';
import { ClientStream } from './client-stream.js';

interface Waiting {
  readonly procedure: Procedure;
  readonly resolve: (reply: never) => void;
  readonly reject: (error: Error) => void;
}

/** The connection is gone; whether the server has done what it was asked is unknown. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** A client of any libvirt daemon. */
export class RpcClient {
  private readonly splitter = new FrameSplitter(() => LENGTH_BYTES + MAX_MESSAGE_BYTES);
  private readonly waiting = new Map<number, Waiting>();
  private readonly streams = new Map<number, ClientStream>();
  private readonly listeners = new Map<number, (message: never) => void>();
  private serial = 0;
  readonly closed: Promise<void>;

  constructor(private readonly transport: Duplex) {
    transport.on('data', (chunk: Buffer) => this.receive(chunk));
    transport.on('error', () => transport.destroy());
    transport.once('end', () => transport.destroy());
    this.closed = new Promise((resolve) => {
      transport.once('close', () => {
        this.lost();
        resolve();
      });
    });
  }

  static connect(where: NetConnectOpts): Promise<RpcClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(where);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        if ('port' in where) socket.setNoDelay(true);
        resolve(new RpcClient(socket));
      });
    });
  }

  /** What every client says first. @throws RemoteError */
  async open(name?: string, flags = 0): Promise<void> {
    await this.call(connectProcedures.auth_list, {});
    await this.call(connectProcedures.connect_open, { name, flags });
  }

  /** @throws RemoteError the server's; ConnectionLost */
  call<P extends Procedure>(procedure: P, args: ArgsOf<P>, program: number = programs.remote): Promise<ReplyOf<P>> {
    return this.begin(procedure, args, program).reply;
  }

  /** @returns the stream that the call opened */
  async openStream<P extends Procedure>(procedure: P, args: ArgsOf<P>): Promise<{ reply: ReplyOf<P>; stream: ClientStream }> {
    const { serial, reply } = this.begin(procedure, args, programs.remote);
    const stream = new ClientStream((state, bytes, type = messageType.stream) => {
      const header = { program: programs.remote, procedure: procedure.number, type, serial, status: state };
      this.transport.write(rawFrameOf(header, bytes));
    });
    this.streams.set(serial, stream);
    try {
      return { reply: await reply, stream };
    } catch (thrown) {
      this.streams.delete(serial);
      throw thrown;
    }
  }

  on<E extends EventMessage>(event: E, listener: (message: MessageOf<E>) => void): void {
    this.listeners.set(event.number, (bytes: never) => listener(event.message.read(new XdrReader(bytes)) as MessageOf<E>));
  }

  close(): void {
    this.transport.destroy();
  }

  private begin<P extends Procedure>(
    procedure: P,
    args: ArgsOf<P>,
    program: number,
  ): { readonly serial: number; readonly reply: Promise<ReplyOf<P>> } {
    const serial = (this.serial += 1);
    const header = { program, procedure: procedure.number, type: messageType.call, serial, status: status.ok };
    const frame = frameOf(header, procedure.args, args as never);
    const reply = new Promise<ReplyOf<P>>((resolve, reject) => {
      if (this.transport.destroyed) return reject(new ConnectionLost('the connection is closed'));
      this.waiting.set(serial, { procedure, resolve, reject });
      this.transport.write(frame);
    });
    return { serial, reply };
  }

  private receive(chunk: Buffer): void {
    try {
      for (const frame of this.splitter.push(chunk)) this.take(frame);
    } catch {
      this.transport.destroy();
    }
  }

  private take(frame: Frame): void {
    if (frame.program === programs.keepalive) {
      const header = { program: programs.keepalive, procedure: keepalive.pong, type: messageType.event, serial: 0, status: status.ok };
      if (frame.procedure === keepalive.ping) this.transport.write(rawFrameOf(header));
    } else if (frame.type === messageType.reply) this.takeReply(frame);
    else if (frame.type === messageType.event) this.listeners.get(frame.procedure)?.(frame.payload as never);
    else this.streams.get(frame.serial)?.receive(frame);
  }

  private takeReply({ serial, status: state, payload }: Frame): void {
    const asked = this.waiting.get(serial);
    if (!asked) return;
    this.waiting.delete(serial);
    try {
      const from = new XdrReader(payload);
      if (state === status.ok) asked.resolve(asked.procedure.reply.read(from) as never);
      else asked.reject(RemoteError.fromBody(remoteError.read(from)));
    } catch (cause) {
      asked.reject(new Error('the reply is not what the table says', { cause }));
    }
  }

  private lost(): void {
    for (const { reject } of this.waiting.values()) reject(new ConnectionLost('the connection ended before the reply'));
    this.waiting.clear();
    for (const stream of this.streams.values()) stream.lost();
  }
}
