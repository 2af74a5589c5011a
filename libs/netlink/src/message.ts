import { IFNAMSIZ, NLA_F_NESTED } from './constants.js';

const headerBytes = 16;
/** Hardly a request comes near it: a name, a few numbers, an address. */
const usualCapacity = 512;

const aligned = (length: number): number => (length + 3) & ~3;

/** A request being written: `struct nlmsghdr`, a family's own header, attributes (netlink(7)). Little-endian machines. */
export class Message {
  private readonly buffer: Buffer;
  private length = headerBytes;

  constructor(
    readonly type: number,
    readonly flags: number,
    capacity = usualCapacity,
  ) {
    this.buffer = Buffer.alloc(capacity);
    this.buffer.writeUInt16LE(type, 4);
    this.buffer.writeUInt16LE(flags, 6);
  }

  /** `struct ifinfomsg`: of all its fields only flags named in `change` are set. */
  linkHeader(fields: { family?: number; index?: number; flags?: number; change?: number }): this {
    const at = this.take(16);
    this.buffer.writeUInt8(fields.family ?? 0, at);
    this.buffer.writeInt32LE(fields.index ?? 0, at + 4);
    this.buffer.writeUInt32LE(fields.flags ?? 0, at + 8);
    this.buffer.writeUInt32LE(fields.change ?? 0, at + 12);
    return this;
  }

  /** `struct ndmsg`. */
  neighbourHeader(fields: { family: number; index: number; state?: number; flags?: number }): this {
    const at = this.take(12);
    this.buffer.writeUInt8(fields.family, at);
    this.buffer.writeInt32LE(fields.index, at + 4);
    this.buffer.writeUInt16LE(fields.state ?? 0, at + 8);
    this.buffer.writeUInt8(fields.flags ?? 0, at + 10);
    return this;
  }

  /** `struct ifaddrmsg`. */
  addressHeader(fields: { family: number; prefix: number; index: number }): this {
    const at = this.take(8);
    this.buffer.writeUInt8(fields.family, at);
    this.buffer.writeUInt8(fields.prefix, at + 1);
    this.buffer.writeUInt32LE(fields.index, at + 4);
    return this;
  }

  /** `struct rtmsg`, scope universe. */
  routeHeader(fields: { family: number; prefix: number; table: number; protocol: number; type: number }): this {
    const at = this.take(12);
    this.buffer.writeUInt8(fields.family, at);
    this.buffer.writeUInt8(fields.prefix, at + 1);
    this.buffer.writeUInt8(fields.table, at + 4);
    this.buffer.writeUInt8(fields.protocol, at + 5);
    this.buffer.writeUInt8(fields.type, at + 7);
    return this;
  }

  /** `struct tcmsg`. */
  trafficHeader(fields: { index: number; handle?: number; parent?: number; info?: number }): this {
    const at = this.take(20);
    this.buffer.writeInt32LE(fields.index, at + 4);
    this.buffer.writeUInt32LE(fields.handle ?? 0, at + 8);
    this.buffer.writeUInt32LE(fields.parent ?? 0, at + 12);
    this.buffer.writeUInt32LE(fields.info ?? 0, at + 16);
    return this;
  }

  /** A family's own header of zeros. */
  rawHeader(length: number): this {
    this.take(length);
    return this;
  }

  /** `struct nfgenmsg`; the number, such as that of a group, is in network order. */
  netfilterHeader(fields: { number: number }): this {
    const at = this.take(4);
    this.buffer.writeUInt16BE(fields.number, at + 2);
    return this;
  }

  bytes(type: number, value: Uint8Array): this {
    const at = this.take(aligned(4 + value.length));
    this.attributeHeader(at, 4 + value.length, type);
    this.buffer.set(value, at + 4);
    return this;
  }

  /** One byte, where `value` is a number 0 to 255 or a flag. */
  byte(type: number, value: number | boolean): this {
    const at = this.take(8);
    this.attributeHeader(at, 5, type);
    this.buffer.writeUInt8(Number(value), at + 4);
    return this;
  }

  number(type: number, value: number): this {
    const at = this.take(8);
    this.attributeHeader(at, 8, type);
    this.buffer.writeUInt32LE(value, at + 4);
    return this;
  }

  /** A link's name. @throws RangeError when it has more than 15 bytes: the kernel would see another name */
  name(type: number, value: string): this {
    const text = Buffer.from(`${value}\0`);
    if (text.length > IFNAMSIZ) throw new RangeError(`the link name ${value} has more than ${IFNAMSIZ - 1} bytes`);
    return this.bytes(type, text);
  }

  text(type: number, value: string): this {
    return this.bytes(type, Buffer.from(`${value}\0`));
  }

  nest(type: number, write: (message: this) => void): this {
    const at = this.take(4);
    write(this);
    this.attributeHeader(at, this.length - at, type | NLA_F_NESTED);
    return this;
  }

  /** The whole message under a sequence number. The bytes stay the message's own. */
  finish(sequence: number): Uint8Array {
    this.buffer.writeUInt32LE(this.length, 0);
    this.buffer.writeUInt32LE(sequence, 8);
    return this.buffer.subarray(0, this.length);
  }

  private attributeHeader(at: number, length: number, type: number): void {
    this.buffer.writeUInt16LE(length, at);
    this.buffer.writeUInt16LE(type, at + 2);
  }

  private take(length: number): number {
    const at = this.length;
    if (at + length > this.buffer.length) throw new RangeError(`a netlink request has more than ${this.buffer.length} bytes`);
    this.length = at + length;
    return at;
  }
}
