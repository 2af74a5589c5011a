import { remoteError, streamHole } from '../tables/values-table.js';
import { frameOf, rawFrameOf, type Frame } from '../wire/frame.js';
import { messageType, status, STREAM_CHUNK_BYTES } from '../wire/numbers.js';
import { errorCode, errorDomain, RemoteError } from '../wire/remote-error.js';
import { XdrReader } from '../xdr/index.js';

/** What the client does with a stream. */
export interface StreamListener {
  /** The connection is not read any further until this resolves. */
  onData(bytes: Buffer): void | Promise<void>;
  /** Instead of bytes, so many that read as zeros; 1 or more. Streams that know no holes are ended by one. As `onData`. */
  onHole?(length: bigint): void | Promise<void>;
  /** The client has sent all of it; resolving says that the work is done, throwing RemoteError that it failed. */
  onFinish(): void | Promise<void>;
  /** The client gave up, or its connection ended. */
  onAbort(): void;
}

const invalid = (words: string): RemoteError => new RemoteError(errorCode.invalidArgument, errorDomain.rpc, `invalid argument: ${words}`);

interface Wire {
  /** Resolves when there is room for more. */
  send(frame: Buffer): Promise<void>;
  forget(): void;
}

/** The server's end of a stream. It is over once either end has finished or aborted it; what is sent then is dropped. */
export class ServerStream {
  private over = false;
  /** The client has said its last; what came of it is yet to be answered. */
  private ending = false;
  private listener: StreamListener | undefined;

  constructor(
    private readonly wire: Wire,
    private readonly call: { readonly program: number; readonly procedure: number; readonly serial: number },
  ) {}

  listen(listener: StreamListener): void {
    this.listener = listener;
  }

  /** Resolves when the client's connection takes more. */
  async send(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && !this.over; at += STREAM_CHUNK_BYTES) {
      await this.wire.send(this.frame(status.continue, bytes.subarray(at, at + STREAM_CHUNK_BYTES)));
    }
  }

  /** Instead of so many zeros, to a client that has asked for holes. As `send`. */
  async sendHole(length: number): Promise<void> {
    if (this.over) return;
    const header = { ...this.call, type: messageType.streamHole, status: status.continue };
    await this.wire.send(frameOf(header, streamHole, { length: BigInt(length), flags: 0 }));
  }

  /** No more will come from here; the client answers with its own end. */
  async endOfData(): Promise<void> {
    if (!this.over) await this.wire.send(this.frame(status.continue));
  }

  async abort(error: RemoteError): Promise<void> {
    if (this.over) return;
    this.close();
    const header = { ...this.call, type: messageType.stream, status: status.error };
    await this.wire.send(frameOf(header, remoteError, error.toBody()));
  }

  /** A frame of the client's. */
  async receive(frame: Frame): Promise<void> {
    if (this.over || this.ending) return;
    if (frame.type === messageType.streamHole) return this.receiveHole(frame);
    if (frame.status === status.continue) return this.listener?.onData(frame.payload);
    await this.receiveEnd(frame.status === status.ok);
  }

  private async receiveEnd(finished: boolean): Promise<void> {
    this.ending = true;
    try {
      if (finished) await this.listener?.onFinish();
      else this.listener?.onAbort();
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      return this.abort(error);
    }
    this.close();
    // Clients wait for this after an abort, too.
    await this.wire.send(this.frame(status.ok));
  }

  /** The connection has ended. */
  lost(): void {
    if (this.over) return;
    this.over = true;
    this.listener?.onAbort();
  }

  /** @throws RemoteError, XdrError */
  private async receiveHole({ payload }: Frame): Promise<void> {
    const { length, flags } = streamHole.read(new XdrReader(payload));
    if (flags !== 0) throw invalid(`unsupported flags (0x${flags.toString(16)}) of a hole`);
    if (length <= 0n) throw invalid(`a hole of ${length} bytes`);
    if (!this.listener?.onHole) throw invalid('a hole in a stream that has none');
    await this.listener.onHole(length);
  }

  private close(): void {
    this.over = true;
    this.wire.forget();
  }

  private frame(state: number, bytes?: Uint8Array): Buffer {
    return rawFrameOf({ ...this.call, type: messageType.stream, status: state }, bytes);
  }
}
