import { HEADER_BYTES, LENGTH_BYTES } from './numbers.js';
import { parseFrame, type Frame } from './frame.js';

/** The peer does not speak the protocol: nothing that it sends from here on can be understood. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/**
 * Cuts a byte stream into frames. What is held is never more than what has come, whatever length a frame announces, and a length over
 * the limit is refused before its bytes are waited for.
 */
export class FrameSplitter {
  private parts: Buffer[] = [];
  private held = 0;
  private unwanted = 0;

  /** @param limit the longest frame that is taken now, its length included. Bytes; asked at each frame. */
  constructor(private readonly limit: () => number) {}

  /** Bytes of a frame that has not ended yet. */
  get pending(): number {
    return this.held;
  }

  /** So many bytes that follow the frame which has just been yielded are no frame: each has brought a descriptor, which nobody takes. */
  skip(bytes: number): void {
    this.unwanted += bytes;
  }

  /** @throws ProtocolError when a length is none */
  *push(chunk: Buffer): Generator<Frame> {
    this.hold(chunk);
    for (;;) {
      const length = this.next();
      if (length === undefined) return;
      yield parseFrame(this.take(length).subarray(LENGTH_BYTES));
    }
  }

  /** The length of the frame that is whole, if one is. */
  private next(): number | undefined {
    const dropped = Math.min(this.unwanted, this.held);
    if (dropped > 0) this.take(dropped);
    this.unwanted -= dropped;
    if (this.held < LENGTH_BYTES) return undefined;
    const length = this.peek().readUInt32BE(0);
    const limit = this.limit();
    if (length < LENGTH_BYTES + HEADER_BYTES || length > limit) {
      throw new ProtocolError(`a frame of ${length} bytes, where ${LENGTH_BYTES + HEADER_BYTES} to ${limit} may be`);
    }
    return length <= this.held ? length : undefined;
  }

  private hold(chunk: Buffer): void {
    this.held += chunk.length;
    if (chunk.length > 0) this.parts.push(chunk);
  }

  /** The first part, grown until it has the length in it. */
  private peek(): Buffer {
    const [first = Buffer.alloc(0)] = this.parts;
    if (first.length >= LENGTH_BYTES) return first;
    const whole = Buffer.concat(this.parts, this.held);
    this.parts = [whole];
    return whole;
  }

  private take(length: number): Buffer {
    const [first = Buffer.alloc(0)] = this.parts;
    const whole = first.length >= length ? first : Buffer.concat(this.parts, this.held);
    const rest = first.length >= length ? this.parts.slice(1) : [];
    const tail = whole.subarray(length);
    this.parts = tail.length > 0 ? [tail, ...rest] : rest;
    this.held -= length;
    return whole.subarray(0, length);
  }
}
