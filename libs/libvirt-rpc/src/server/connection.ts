import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { close as closeDescriptor } from '@virtbus/libc';
import type { EventMessage, MessageOf } from '../tables/index.js';
import { remoteError } from '../tables/values-table.js';
import { XdrError, XdrReader, type Codec } from '../xdr/index.js';
import { frameBefore, frameOf, rawFrameOf, type Frame } from '../wire/frame.js';
import { FrameSplitter, ProtocolError } from '../wire/frame-splitter.js';
import { keepalive, LENGTH_BYTES, MAX_MESSAGE_BYTES, messageType, PROGRAM_VERSION, programs, status } from '../wire/numbers.js';
import { errorCode, errorDomain, noSupport, RemoteError } from '../wire/remote-error.js';
import { apiName } from './api-name.js';
import { AuthGate, type AuthPolicy, type Identity } from './auth-gate.js';
import { authenticationRoutes } from './authentication.js';
import { CallQueue } from './call-queue.js';
import { descriptorsAfter, sendWithEach } from './descriptors.js';
import { Liveness, usualLiveness, type LivenessLimits } from './liveness.js';
import type { Call, Route, Routes } from './routes.js';
import { ServerStream } from './server-stream.js';

/** Before a peer has authenticated: SASL data is what is longest. Bytes. */
const STRANGER_FRAME_BYTES = 300_000;
const MEMBER_FRAME_BYTES = LENGTH_BYTES + MAX_MESSAGE_BYTES;
const MAX_STREAMS = 64;
/** What may wait for a client that does not read: events above all. Bytes. */
const MAX_UNREAD_BYTES = 64 * 1024 * 1024;
/** libvirtd has five calls of a client at work, too. */
const CALLS = { running: 5, waiting: 128, bytes: MEMBER_FRAME_BYTES };

/** What a session may do to its client. */
export interface Client {
  readonly identity: Identity;
  /** Whether a reply may bring descriptors along: to a client on this machine, through a unix socket. */
  readonly takesDescriptors: boolean;
  /** Where it calls from; absent on a unix socket. */
  readonly address?: string | undefined;
  send<E extends EventMessage>(event: E, message: MessageOf<E>, program?: number): void;
  /** The client answers pings from now on. */
  ping(): void;
  close(): void;
}

export interface ConnectionOptions<S> {
  readonly auth: AuthPolicy;
  /** The transport is a unix socket. */
  readonly local?: boolean;
  /** By program number. */
  readonly routes: ReadonlyMap<number, Routes<S>>;
  /** Made when the client has authenticated. */
  readonly open: (client: Client) => S;
  readonly onClose: (session: S | undefined) => void;
  /** What is no refusal but a fault: told to nobody but the log. */
  readonly onFault: (error: unknown, procedure: string) => void;
  readonly liveness?: LivenessLimits;
  readonly now?: () => number;
}

const rpcError = (words: string): RemoteError => new RemoteError(errorCode.rpc, errorDomain.rpc, words);

/** One client of the server, from its first byte to its last. */
export class ServerConnection<S> implements Client {
  private readonly gate: AuthGate;
  private readonly splitter = new FrameSplitter(() => (this.gate.identity ? MEMBER_FRAME_BYTES : STRANGER_FRAME_BYTES));
  private readonly streams = new Map<number, ServerStream>();
  private readonly liveness: Liveness;
  private readonly calls = new CallQueue(CALLS, () => this.flow());
  private readonly now: () => number;
  private session: S | undefined;
  private holds = 0;
  private closed = false;
  /** Kept: a socket that has ended knows it no more. */
  readonly address: string | undefined;

  constructor(
    private readonly transport: Duplex,
    private readonly options: ConnectionOptions<S>,
  ) {
    this.now = options.now ?? (() => performance.now());
    this.gate = new AuthGate(options.auth);
    this.liveness = new Liveness(options.liveness ?? usualLiveness, this.now());
    this.liveness.authenticated = this.gate.identity !== undefined;
    this.address = transport instanceof Socket ? transport.remoteAddress : undefined;
    transport.on('data', (chunk: Buffer) => this.receive(chunk));
    transport.once('close', () => this.ended());
    transport.once('end', () => this.close());
    transport.on('error', () => this.close());
  }

  get identity(): Identity {
    if (!this.gate.identity) throw new Error('a client that has not authenticated has no session');
    return this.gate.identity;
  }

  get takesDescriptors(): boolean {
    return this.options.local === true;
  }

  /** Bytes that are held of a frame which has not come whole. */
  get pending(): number {
    return this.splitter.pending;
  }

  /** Bytes that the server keeps for the client's sake. */
  get held(): number {
    return this.splitter.pending + this.calls.bytes + this.transport.writableLength;
  }

  ping(): void {
    this.liveness.pinged = true;
  }

  send<E extends EventMessage>(event: E, message: MessageOf<E>, program: number = programs.remote): void {
    const header = { program, procedure: event.number, type: messageType.event, serial: 0, status: status.ok };
    void this.write(frameOf(header, event.message, message as never));
  }

  close(): void {
    this.transport.destroy();
  }

  /** To be called now and then. */
  tick(): void {
    const verdict = this.liveness.verdict(this.now());
    if (verdict === 'well') return;
    if (verdict !== 'ping') return this.close();
    this.sendKeepalive(keepalive.ping);
  }

  private sendKeepalive(procedure: number): void {
    const header = { program: programs.keepalive, procedure, type: messageType.event, serial: 0, status: status.ok };
    void this.write(rawFrameOf(header));
  }

  private receive(chunk: Buffer): void {
    let frames = 0;
    try {
      for (const frame of this.splitter.push(chunk)) {
        frames += 1;
        this.take(frame);
      }
    } catch (thrown) {
      if (!(thrown instanceof ProtocolError)) this.options.onFault(thrown, 'frame');
      return this.close();
    }
    this.liveness.heard(this.now(), frames, this.splitter.pending > 0);
    this.flow();
  }

  private take(frame: Frame): void {
    if (this.closed) return;
    if (frame.type === messageType.callWithFds) this.splitter.skip(descriptorsAfter(frame));
    if (frame.program === programs.keepalive) {
      if (frame.procedure === keepalive.ping) this.sendKeepalive(keepalive.pong);
      return;
    }
    if (frame.type === messageType.stream || frame.type === messageType.streamHole) return this.takeStream(frame);
    if (frame.type !== messageType.call && frame.type !== messageType.callWithFds) {
      throw new ProtocolError(`a client sends no message of type ${frame.type}`);
    }
    this.calls.add(() => this.answer(frame), frame.payload.length);
  }

  /** Frames of a stream that is over are late, and dropped. */
  private takeStream(frame: Frame): void {
    const stream = this.streams.get(frame.serial);
    if (!stream) return;
    this.holds += 1;
    void stream
      .receive(frame)
      .catch(async (thrown: unknown) => stream.abort(this.remoteErrorOf(thrown, 'stream')))
      .catch((thrown: unknown) => this.options.onFault(thrown, 'stream'))
      .finally(() => {
        this.holds -= 1;
        this.flow();
      });
  }

  /** Never rejects. */
  private async answer(frame: Frame): Promise<void> {
    const after: (() => void)[] = [];
    const descriptors: number[] = [];
    try {
      const [route, session] = this.find(frame);
      const args = route.procedure.args.read(new XdrReader(frame.payload));
      const call: Call = {
        openStream: () => this.openStream(frame, after),
        afterReply: (act) => void after.push(act),
        passDescriptors: (...more) => void descriptors.push(...more),
      };
      if (!route.handler) throw noSupport(apiName(route.name));
      const reply = await route.handler(args, session as never, call);
      this.authenticated();
      await this.reply(frame, route.procedure.reply, { reply, descriptors });
      for (const act of after) act();
    } catch (thrown) {
      this.forget(frame.serial, after.length > 0);
      const header = { ...frame, type: messageType.reply, status: status.error };
      await this.write(frameOf(header, remoteError, this.remoteErrorOf(thrown, String(frame.procedure)).toBody()));
      if (this.gate.exhausted) this.transport.end(() => this.close());
    } finally {
      for (const descriptor of descriptors) closeDescriptor(descriptor);
    }
  }

  private async reply<T>(
    call: Frame,
    codec: Codec<T>,
    { reply, descriptors }: { reply: T; descriptors: readonly number[] },
  ): Promise<void> {
    const header = { ...call, status: status.ok };
    if (descriptors.length === 0) return this.write(frameOf({ ...header, type: messageType.reply }, codec, reply));
    const frame = frameBefore(descriptors.length, { ...header, type: messageType.replyWithFds }, codec, reply);
    await sendWithEach(this.transport, frame, descriptors).catch((thrown: unknown) => {
      // What the client has of it cannot be known.
      this.options.onFault(thrown, 'descriptors');
      this.close();
    });
  }

  /** @throws RemoteError */
  private find({ program, version, procedure, type }: Frame): [Route<never>, unknown] {
    const routes = this.options.routes.get(program);
    if (!routes || version !== PROGRAM_VERSION) throw rpcError(`Cannot find program ${program} version ${version}`);
    const authentication = program === programs.remote ? authenticationRoutes.get(procedure) : undefined;
    if (authentication) return [authentication, this.gate];
    if (!this.gate.identity) throw rpcError('authentication required');
    const route = routes.get(procedure);
    if (!route) throw rpcError(`unknown procedure: ${procedure}`);
    if (type === messageType.callWithFds) throw noSupport(apiName(route.name));
    this.session ??= this.options.open(this);
    return [route, this.session];
  }

  private authenticated(): void {
    this.liveness.authenticated ||= this.gate.identity !== undefined;
  }

  private openStream(call: Frame, after: (() => void)[]): ServerStream {
    if (this.streams.size >= MAX_STREAMS) throw rpcError(`a client may have ${MAX_STREAMS} streams open`);
    const replied = new Promise<void>((resolve) => after.push(resolve));
    const { serial, program, procedure } = call;
    const wire = {
      send: async (frame: Buffer) => {
        await replied;
        await this.write(frame);
      },
      forget: () => void this.streams.delete(serial),
    };
    const stream = new ServerStream(wire, { serial, program, procedure });
    this.streams.set(serial, stream);
    return stream;
  }

  private forget(serial: number, opened: boolean): void {
    if (!opened) return;
    this.streams.get(serial)?.lost();
    this.streams.delete(serial);
  }

  private remoteErrorOf(thrown: unknown, procedure: string): RemoteError {
    if (thrown instanceof RemoteError) return thrown;
    if (thrown instanceof XdrError) return rpcError(`Unable to decode message payload: ${thrown.message}`);
    this.options.onFault(thrown, procedure);
    return new RemoteError(errorCode.internal, errorDomain.rpc, 'internal error: the server failed; see its log');
  }

  /** Resolves when the client has room for more. */
  private write(bytes: Buffer): Promise<void> {
    if (this.closed || this.transport.destroyed) return Promise.resolve();
    if (this.transport.writableLength > MAX_UNREAD_BYTES) {
      this.close();
      return Promise.resolve();
    }
    if (this.transport.write(bytes)) return Promise.resolve();
    return new Promise((resolve) => {
      const go = () => {
        this.transport.off('drain', go);
        this.transport.off('close', go);
        resolve();
      };
      this.transport.on('drain', go);
      this.transport.on('close', go);
    });
  }

  /** Reads on, or waits: what has come must first be dealt with. */
  private flow(): void {
    if (this.holds > 0 || this.calls.full) this.transport.pause();
    else if (this.transport.isPaused()) this.transport.resume();
  }

  private ended(): void {
    if (this.closed) return;
    this.closed = true;
    this.calls.clear();
    for (const stream of this.streams.values()) stream.lost();
    this.streams.clear();
    this.options.onClose(this.session);
  }
}
