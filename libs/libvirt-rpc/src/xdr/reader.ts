import { isUtf8 } from 'node:buffer';
import { XdrError } from './xdr-error.js';

const padded = (length: number): number => (length + 3) & ~3;

/** Reads XDR (RFC 4506) from one message. Nothing is copied, and nothing is allocated for a length before the bytes are seen to be there. */
export class XdrReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  get remaining(): number {
    return this.bytes.length - this.at;
  }

  int(): number {
    return this.bytes.readInt32BE(this.step(4));
  }

  uint(): number {
    return this.bytes.readUInt32BE(this.step(4));
  }

  hyper(): bigint {
    return this.bytes.readBigInt64BE(this.step(8));
  }

  uhyper(): bigint {
    return this.bytes.readBigUInt64BE(this.step(8));
  }

  double(): number {
    return this.bytes.readDoubleBE(this.step(8));
  }

  /** @throws XdrError when more are announced than `most`, or than there are bytes for */
  count(most: number, leastBytesEach: number): number {
    const count = this.uint();
    if (count > most) throw new XdrError(`${count} elements where at most ${most} may be`);
    if (count * leastBytesEach > this.remaining) throw new XdrError(`${count} elements are announced, and the message ends before them`);
    return count;
  }

  /** Bytes of a known length; padding is skipped. */
  fixed(length: number): Buffer {
    const from = this.step(padded(length));
    return this.bytes.subarray(from, from + length);
  }

  opaque(most: number): Buffer {
    return this.fixed(this.count(most, 1));
  }

  text(most: number): string {
    const bytes = this.opaque(most);
    if (!isUtf8(bytes)) throw new XdrError('a string is not UTF-8');
    return bytes.toString('utf8');
  }

  private step(length: number): number {
    const from = this.at;
    if (length > this.bytes.length - from) throw new XdrError('the message ends too early');
    this.at = from + length;
    return from;
  }
}
