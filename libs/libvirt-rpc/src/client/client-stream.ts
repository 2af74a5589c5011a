import { remoteError } from '../tables/values-table.js';
import { XdrReader } from '../xdr/index.js';
import type { Frame } from '../wire/frame.js';
import { status } from '../wire/numbers.js';
import { RemoteError } from '../wire/remote-error.js';

/** The client's end of a stream. */
export class ClientStream {
  private readonly parts: Buffer[] = [];
  private wake: () => void = () => undefined;
  private ended = false;
  private error: Error | undefined;

  constructor(private readonly write: (status: number, bytes?: Uint8Array) => void) {}

  send(bytes: Uint8Array): void {
    this.write(status.continue, bytes);
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
    for (;;) {
      const part = this.parts.shift();
      if (part) yield part;
      else if (this.error) throw this.error;
      else if (this.ended) return;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  receive({ status: state, payload }: Frame): void {
    if (state === status.error) this.error = RemoteError.fromBody(remoteError.read(new XdrReader(payload)));
    else if (state === status.ok || payload.length === 0) this.ended = true;
    else this.parts.push(payload);
    this.wake();
  }

  lost(): void {
    this.error ??= new Error('the connection ended before the stream did');
    this.wake();
  }
}
