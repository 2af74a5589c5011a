import type { Msg, MsgHdrs } from '@nats-io/transport-node';

const ACK = new TextEncoder().encode('+ACK');
const WORKING = new TextEncoder().encode('+WPI');

const nakAfter = (ms: number): Uint8Array => new TextEncoder().encode(`-NAK ${JSON.stringify({ delay: Math.round(ms * 1e6) })}`);

/**
 * One delivery of one message of a stream. All that is known of it stands in its reply subject (NATS ADR-15):
 *
 *     $JS.ACK.<stream>.<consumer>.<delivery count>.<stream seq>.<consumer seq>.<nanoseconds>.<pending>
 *     $JS.ACK.<domain>.<account>.<stream>.… and a random token at the end
 */
export class Delivery {
  readonly count: number;
  readonly sequence: number;
  /** Counts what the consumer has delivered: a hole in it means a lost message. */
  readonly consumerSequence: number;
  readonly storedAt: Date;
  /** How many messages wait behind it. */
  readonly pending: number;

  private constructor(
    private readonly message: Msg,
    [count, sequence, consumerSequence, nanoseconds, pending]: readonly number[],
  ) {
    this.count = count ?? 1;
    this.sequence = sequence ?? 0;
    this.consumerSequence = consumerSequence ?? 0;
    this.storedAt = new Date((nanoseconds ?? 0) / 1e6);
    this.pending = pending ?? 0;
  }

  /** Undefined when the message is not of a stream but a word of the server to the puller. */
  static of(message: Msg): Delivery | undefined {
    const tokens = message.reply?.split('.') ?? [];
    if (tokens[0] !== '$JS' || tokens[1] !== 'ACK') return undefined;
    const first = tokens.length === 9 ? 4 : 6;
    return new Delivery(message, tokens.slice(first, first + 5).map(Number));
  }

  get subject(): string {
    return this.message.subject;
  }

  get bytes(): Uint8Array {
    return this.message.data;
  }

  get headers(): MsgHdrs | undefined {
    return this.message.headers;
  }

  ack(): void {
    this.message.respond(ACK);
  }

  /** Asks for more time. */
  working(): void {
    this.message.respond(WORKING);
  }

  /** Asks for another delivery. */
  nak(delayMs: number): void {
    this.message.respond(nakAfter(delayMs));
  }
}
