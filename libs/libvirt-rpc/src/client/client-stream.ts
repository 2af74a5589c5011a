import { remoteError, streamHole } from '../tables/values-table.js';
import { XdrReader, XdrWriter } from '../xdr/index.js';
import type { Frame } from '../wire/frame.js';
import { messageType, status } from '../wire/numbers.js';
import { RemoteError } from '../wire/remote-error.js';

/** So many bytes that read as zeros. */
export interface StreamHole {
  readonly hole: number;
}

const HOLE_BYTES = 12;

/** The client's end of a stream. */
export class ClientStream {
  private readonly parts: (Buffer | StreamHole)[] = [];
  private wake: () => void = () => undefined;
  private ended = false;
  private error: Error | undefined;

  constructor(private readonly write: (status: number, bytes?: Uint8Array, type?: number) => void) {}

  send(bytes: Uint8Array): void {
    this.write(status.continue, bytes);
  }

  /** Instead of so many zeros. */
  sendHole(length: bigint, flags = 0): void {
    const to = new XdrWriter(HOLE_BYTES);
    streamHole.write(to, { length, flags });
    this.write(status.continue, to.done(), messageType.streamHole);
  }

  /** No more will come from here. */
  finish(): void {
    this.write(status.ok);
  }

  abort(): void {
    this.write(status.error);
  }

  /** What comes, until the server's end of data. @throws RemoteError when the server aborts */
  async *read(): AsyncGenerator<Buffer> {
    for await (const part of this.readSparse()) {
      if (!Buffer.isBuffer(part)) throw new Error('a hole came where none was asked for');
      yield part;
    }
  }

  /** As `read`, of a stream that was asked for with its holes. */
  async *readSparse(): AsyncGenerator<Buffer | StreamHole> {
    for (;;) {
      const part = this.parts.shift();
      if (part) yield part;
      else if (this.error) throw this.error;
      else if (this.ended) return;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  receive({ status: state, payload, type }: Frame): void {
    if (state === status.error) this.error = RemoteError.fromBody(remoteError.read(new XdrReader(payload)));
    else if (type === messageType.streamHole) this.parts.push({ hole: Number(streamHole.read(new XdrReader(payload)).length) });
    else if (state === status.ok || payload.length === 0) this.ended = true;
    else this.parts.push(payload);
    this.wake();
  }

  lost(): void {
    this.error ??= new Error('the connection ended before the stream did');
    this.wake();
  }
}
