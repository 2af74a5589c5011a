import { Refusal } from '@virtbus/contracts';
import { failureIn, head, MAX_PIECE, sayFailure, valueOf, WINDOW, type ByteMessage, type Say } from './piece.js';

/** What becomes of the bytes. */
export interface Taker {
  /** The next bytes; those behind them wait. */
  take(bytes: Uint8Array, offset: number): Promise<void>;
  /** There are no more. */
  finish(): Promise<void>;
  /** The other end has given up, or one of the two above has failed. */
  failed(cause: unknown): void;
}

/** Takes pieces in their order, each once, and says how far it is. What was lost is asked for again. */
export class PieceReceiver {
  private readonly queue: Uint8Array[] = [];
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
    if (offset !== undefined) this.receive(offset, message.bytes);
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

  private receive(offset: number, bytes: Uint8Array): void {
    if (offset > this.expected) return this.askAgain();
    if (offset < this.expected || bytes.length === 0) return;
    if (this.expected - this.taken + bytes.length > WINDOW + MAX_PIECE)
      return this.stop(new Refusal('payload_too_large', `more than ${WINDOW} bytes were sent ahead`));
    this.expected += bytes.length;
    this.askedFor = undefined;
    this.queue.push(bytes);
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
      for (let bytes = this.queue.shift(); bytes && this.state === 'open'; bytes = this.queue.shift()) {
        await this.taker.take(bytes, this.taken);
        this.taken += bytes.length;
        this.acknowledge();
      }
      if (this.state === 'open' && this.taken === this.end) await this.finish();
    } catch (thrown) {
      this.stop(thrown);
    } finally {
      this.busy = false;
    }
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
