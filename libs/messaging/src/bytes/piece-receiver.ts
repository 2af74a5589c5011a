import { Refusal } from '@virtbus/contracts';
import { failureIn, head, MAX_PIECE, MAX_PIECES, sayFailure, valueOf, WINDOW, type ByteMessage, type Say } from './piece.js';

/** What becomes of the bytes. */
export interface Taker {
  /** The next bytes; those behind them wait. */
  take(bytes: Uint8Array, offset: number): Promise<void>;
  /** Instead of bytes, so many that read as zeros. */
  takeHole(length: number, offset: number): Promise<void>;
  /** There are no more. */
  finish(): Promise<void>;
  /** The other end has given up, or one of the two above has failed. */
  failed(cause: unknown): void;
}

/** A hole has no bytes. */
interface Piece {
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** Takes pieces in their order, each once, and says how far it is. What was lost is asked for again. */
export class PieceReceiver {
  private readonly queue: Piece[] = [];
  /** Bytes in the queue, and those that are being taken. */
  private held = 0;
  private expected: number;
  private taken: number;
  private end: number | undefined;
  private askedFor: number | undefined;
  private busy = false;
  private state: 'open' | 'ended' | 'failed' = 'open';

  constructor(
    private say: Say,
    from: number,
    private readonly taker: Taker,
  ) {
    this.expected = from;
    this.taken = from;
  }

  /** Up to where it has come: a new session begins there. */
  get received(): number {
    return this.expected;
  }

  get isOver(): boolean {
    return this.state !== 'open';
  }

  heard(message: ByteMessage): void {
    const failure = failureIn(message);
    if (failure) return this.fail(failure);
    if (this.state === 'failed') return;
    const [offset, sent, end] = [valueOf(message, 'offset'), valueOf(message, 'sent'), valueOf(message, 'end')];
    if (offset !== undefined) this.receive(offset, pieceOf(message));
    if (end !== undefined) this.end = end;
    if (sent !== undefined) this.answer(sent);
  }

  /** Says how far it is, to an end that may not have heard it. */
  acknowledge(): void {
    this.say(head(this.state === 'ended' ? 'ended' : 'taken', this.taken));
  }

  /** The other end has a new session, which begins where `received` was. */
  goOn(say: Say): void {
    this.say = say;
    this.askedFor = undefined;
    this.acknowledge();
  }

  /** Gives up, and says so to the other end. */
  stop(cause: unknown): void {
    if (this.state !== 'open') return;
    sayFailure(this.say, cause);
    this.fail(cause);
  }

  private receive(offset: number, piece: Piece): void {
    if (offset > this.expected) return this.askAgain();
    if (offset < this.expected || piece.length === 0) return;
    if (this.held + piece.bytes.length > WINDOW + MAX_PIECE || this.queue.length > 2 * MAX_PIECES)
      return this.stop(new Refusal('payload_too_large', `more than ${WINDOW} bytes or ${MAX_PIECES} pieces were sent ahead`));
    if (!Number.isSafeInteger(this.expected + piece.length))
      return this.stop(new Refusal('payload_invalid', 'a hole reaches behind the end of any file'));
    this.expected += piece.length;
    this.held += piece.bytes.length;
    this.askedFor = undefined;
    this.queue.push(piece);
    void this.drain();
  }

  private answer(sent: number): void {
    if (sent > this.expected) this.askedFor = undefined;
    if (sent > this.expected) return this.askAgain();
    this.acknowledge();
    void this.drain();
  }

  /** Once for each gap: what follows it is lost as well until it is filled. */
  private askAgain(): void {
    if (this.askedFor === this.expected) return;
    this.askedFor = this.expected;
    this.say({ ...head('taken', this.taken), ...head('again', this.expected) });
  }

  private async drain(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      for (let piece = this.queue.shift(); piece && this.state === 'open'; piece = this.queue.shift()) {
        await this.dealWith(piece);
        this.held -= piece.bytes.length;
        this.taken += piece.length;
        this.acknowledge();
      }
      if (this.state === 'open' && this.taken === this.end) await this.finish();
    } catch (thrown) {
      this.stop(thrown);
    } finally {
      this.busy = false;
    }
  }

  private dealWith({ bytes, length }: Piece): Promise<void> {
    return length > bytes.length ? this.taker.takeHole(length, this.taken) : this.taker.take(bytes, this.taken);
  }

  private async finish(): Promise<void> {
    await this.taker.finish();
    this.state = 'ended';
    this.acknowledge();
  }

  private fail(cause: unknown): void {
    if (this.state !== 'open') return;
    this.state = 'failed';
    this.queue.length = 0;
    this.taker.failed(cause);
  }
}

const NOTHING = new Uint8Array();

function pieceOf(message: ByteMessage): Piece {
  const hole = valueOf(message, 'hole');
  return hole === undefined ? { bytes: message.bytes, length: message.bytes.length } : { bytes: NOTHING, length: hole };
}
