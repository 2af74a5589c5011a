/** A volume's bytes between a stream and its host: in pieces as large as a message may be, a few of them on their way at once. */
import { MAX_VOLUME_PIECE } from '@virtbus/contracts';
import { errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';

/** Bytes. */
const PIECE = MAX_VOLUME_PIECE;
/** Pieces on their way. One at a time is a way to the host and back for each. */
const AHEAD = 4;

export interface Extent {
  readonly offset: number;
  /** Bytes; without end when absent. */
  readonly length: number | undefined;
}

/** Passes on what a client sends; whoever waits for `take` sends no faster than the host writes. */
export class VolumeWriter {
  private waiting: Buffer[] = [];
  private size = 0;
  private at: number;
  private readonly underWay = new Set<Promise<void>>();
  private failure: { readonly cause: unknown } | undefined;
  private taken: Promise<void> = Promise.resolve();

  constructor(
    private readonly extent: Extent,
    private readonly write: (offset: number, bytes: Buffer) => Promise<unknown>,
  ) {
    this.at = extent.offset;
  }

  /** @throws what a write has failed with; RemoteError for more than was said */
  take(bytes: Buffer): Promise<void> {
    this.taken = this.taken.then(() => this.add(bytes));
    return this.taken;
  }

  /** Resolves when all is written. @throws as `take` does */
  async finish(): Promise<void> {
    await this.taken;
    await this.flush();
    await Promise.all(this.underWay);
    this.mustBeWell();
  }

  private async add(bytes: Buffer): Promise<void> {
    const { offset, length } = this.extent;
    if (length !== undefined && this.at + this.size + bytes.length > offset + length)
      throw new RemoteError(errorCode.systemError, errorDomain.none, 'cannot write to stream: No space left on device');
    this.waiting.push(bytes);
    this.size += bytes.length;
    if (this.size >= PIECE) await this.flush();
  }

  private async flush(): Promise<void> {
    const all = Buffer.concat(this.waiting);
    [this.waiting, this.size] = [[], 0];
    for (let from = 0; from < all.length; from += PIECE) {
      while (this.underWay.size >= AHEAD) await Promise.race(this.underWay);
      this.mustBeWell();
      this.send(all.subarray(from, from + PIECE));
    }
  }

  private send(piece: Buffer): void {
    const writing = this.write(this.at, piece)
      .then(
        () => undefined,
        (cause: unknown) => void (this.failure ??= { cause }),
      )
      .finally(() => this.underWay.delete(writing));
    this.underWay.add(writing);
    this.at += piece.length;
  }

  private mustBeWell(): void {
    if (this.failure) throw this.failure.cause;
  }
}

/** What a host has from a place on, in order. Ends where the volume does, or where the extent does. */
export async function* piecesOf(
  { offset, length }: Extent,
  read: (offset: number, length: number) => Promise<Buffer>,
): AsyncGenerator<Buffer> {
  const end = length === undefined ? Number.POSITIVE_INFINITY : offset + length;
  const asked: { readonly wanted: number; readonly piece: Promise<Buffer> }[] = [];
  for (let at = offset; ;) {
    while (asked.length < AHEAD && at < end) {
      const wanted = Math.min(PIECE, end - at);
      const piece = read(at, wanted);
      // Waited for in its turn.
      piece.catch(() => undefined);
      asked.push({ wanted, piece });
      at += wanted;
    }
    const next = asked.shift();
    if (!next) return;
    const bytes = await next.piece;
    yield bytes;
    if (bytes.length < next.wanted) return;
  }
}
