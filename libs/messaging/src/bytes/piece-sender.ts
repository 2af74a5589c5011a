import { failureIn, head, MAX_PIECE, MAX_PIECES, valueOf, WINDOW, type ByteMessage, type Say } from './piece.js';

interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** More than there are bytes, where it is a hole. */
  readonly length: number;
}

const NOTHING = new Uint8Array();

interface Settling {
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

/**
 * Sends bytes in pieces, as far ahead as the window allows, and keeps each until it is taken: NATS may lose any of them. Whoever has the
 * sender calls `poke` from time to time, so that a loss behind the last piece is noticed, too.
 */
export class PieceSender {
  private readonly kept: Piece[] = [];
  private ahead = 0;
  private end: number | undefined;
  private failure: { readonly cause: unknown } | undefined;
  private waiting: Settling | undefined;
  private ending: Settling | undefined;

  constructor(
    private say: Say,
    private at: number,
  ) {}

  /** Up to where all has been taken: a new session begins there. */
  get taken(): number {
    return this.kept[0]?.offset ?? this.at;
  }

  /** Whether an answer is awaited. */
  get pending(): boolean {
    return this.kept.length > 0 || this.ending !== undefined;
  }

  /** Resolves once all is on its way and there is room for more. One call at a time. @throws what it has failed with */
  async send(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length; from += MAX_PIECE) {
      await this.room();
      const piece = bytes.subarray(from, from + MAX_PIECE);
      this.put(piece, piece.length);
    }
    await this.room();
  }

  /** So many bytes for which nothing needs to be kept anywhere. As `send`. */
  async sendHole(length: number): Promise<void> {
    await this.room();
    if (length > 0) this.put(NOTHING, length);
    await this.room();
  }

  /** Resolves once the other end has dealt with all of it. @throws what it has failed with */
  finish(): Promise<void> {
    this.mustBeWell();
    this.end = this.at;
    return new Promise((resolve, reject) => {
      this.ending = { resolve, reject };
      this.poke();
    });
  }

  /** Asks how far the other end is. */
  poke(): void {
    if (!this.failure) this.say({ ...head('sent', this.at), ...(this.end === undefined ? {} : head('end', this.end)) });
  }

  heard(message: ByteMessage): void {
    const failure = failureIn(message);
    if (failure) return this.fail(failure);
    const [taken, again, ended] = [valueOf(message, 'taken'), valueOf(message, 'again'), valueOf(message, 'ended')];
    this.letGo(Math.max(taken ?? 0, ended ?? 0));
    if (again !== undefined) this.sayAgain(again);
    if (ended !== undefined && ended === this.end) this.ending?.resolve();
  }

  /** The other end has a new session, which begins where `taken` was. */
  goOn(say: Say): void {
    this.say = say;
    for (const piece of this.kept) this.sayPiece(piece);
    this.poke();
  }

  fail(cause: unknown): void {
    this.failure ??= { cause };
    this.waiting?.reject(this.failure.cause);
    this.ending?.reject(this.failure.cause);
  }

  private put(bytes: Uint8Array, length: number): void {
    const piece = { offset: this.at, bytes, length };
    this.kept.push(piece);
    this.ahead += bytes.length;
    this.at += length;
    this.sayPiece(piece);
  }

  private sayAgain(from: number): void {
    for (const piece of this.kept.filter(({ offset }) => offset >= from)) this.sayPiece(piece);
    if (this.end !== undefined) this.poke();
  }

  private sayPiece({ offset, bytes, length }: Piece): void {
    this.say({ ...head('offset', offset), ...(length > bytes.length ? head('hole', length) : {}) }, bytes);
  }

  private letGo(taken: number): void {
    for (let [first] = this.kept; first && first.offset + first.length <= taken; [first] = this.kept) {
      this.kept.shift();
      this.ahead -= first.bytes.length;
    }
    if (this.hasRoom()) this.waiting?.resolve();
  }

  private hasRoom(): boolean {
    return this.ahead < WINDOW && this.kept.length < MAX_PIECES;
  }

  private async room(): Promise<void> {
    this.mustBeWell();
    if (!this.hasRoom()) await new Promise<void>((resolve, reject) => (this.waiting = { resolve, reject }));
    this.waiting = undefined;
    this.mustBeWell();
  }

  private mustBeWell(): void {
    if (this.failure) throw this.failure.cause;
  }
}
