import { XdrError } from './xdr-error.js';

const FIRST_SIZE = 512;

/** Writes XDR into a buffer that grows, up to a limit. */
export class XdrWriter {
  private bytes = Buffer.allocUnsafe(FIRST_SIZE);
  private at = 0;

  constructor(private readonly most: number) {}

  get length(): number {
    return this.at;
  }

  int(value: number): void {
    if (!Number.isInteger(value) || value < -0x80000000 || value > 0x7fffffff) throw new XdrError(`${value} is no int`);
    const from = this.room(4);
    this.bytes.writeInt32BE(value, from);
  }

  uint(value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) throw new XdrError(`${value} is no unsigned int`);
    const from = this.room(4);
    this.bytes.writeUInt32BE(value, from);
  }

  hyper(value: bigint): void {
    const from = this.room(8);
    this.bytes.writeBigInt64BE(BigInt.asIntN(64, value), from);
  }

  uhyper(value: bigint): void {
    const from = this.room(8);
    this.bytes.writeBigUInt64BE(BigInt.asUintN(64, value), from);
  }

  double(value: number): void {
    const from = this.room(8);
    this.bytes.writeDoubleBE(value, from);
  }

  count(count: number, most: number): void {
    if (count > most) throw new XdrError(`${count} elements where at most ${most} may be`);
    this.uint(count);
  }

  fixed(value: Uint8Array, length: number): void {
    if (value.length !== length) throw new XdrError(`${value.length} bytes where ${length} must be`);
    const padding = -length & 3;
    const from = this.room(length + padding);
    this.bytes.set(value, from);
    this.bytes.fill(0, from + length, from + length + padding);
  }

  opaque(value: Uint8Array, most: number): void {
    this.count(value.length, most);
    this.fixed(value, value.length);
  }

  text(value: string, most: number): void {
    const length = Buffer.byteLength(value, 'utf8');
    this.count(length, most);
    const padding = -length & 3;
    const from = this.room(length + padding);
    this.bytes.write(value, from, length, 'utf8');
    this.bytes.fill(0, from + length, from + length + padding);
  }

  /** Bytes as they are: what a stream carries is not padded. */
  raw(value: Uint8Array): void {
    const from = this.room(value.length);
    this.bytes.set(value, from);
  }

  /** What was written. The writer is not to be used any further. */
  done(): Buffer {
    return this.bytes.subarray(0, this.at);
  }

  private room(length: number): number {
    const from = this.at;
    const needed = from + length;
    if (needed > this.most) throw new XdrError(`the message would be longer than ${this.most} bytes`);
    if (needed > this.bytes.length) this.grow(needed);
    this.at = needed;
    return from;
  }

  private grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.min(this.most, Math.max(needed, this.bytes.length * 2)));
    larger.set(this.bytes.subarray(0, this.at));
    this.bytes = larger;
  }
}
