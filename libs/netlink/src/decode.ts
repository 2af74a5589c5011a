import { NLA_TYPE_MASK } from './constants.js';

/** What arrived is not what netlink(7) describes: lengths point outside the message. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
}

export interface Received {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** Everything behind `struct nlmsghdr`. A view: copy what must outlive the next receive. */
  readonly payload: Buffer;
}

export type Attributes = ReadonlyMap<number, Buffer>;

const messageHeaderBytes = 16;
const attributeHeaderBytes = 4;
const aligned = (length: number): number => (length + 3) & ~3;

/** The messages in one datagram. @throws MalformedMessage */
export function messagesIn(datagram: Buffer): Received[] {
  const messages: Received[] = [];
  for (let at = 0; at < datagram.length;) {
    const length = lengthAt(datagram, at, messageHeaderBytes, () => datagram.readUInt32LE(at));
    messages.push({
      type: datagram.readUInt16LE(at + 4),
      flags: datagram.readUInt16LE(at + 6),
      sequence: datagram.readUInt32LE(at + 8),
      payload: datagram.subarray(at + messageHeaderBytes, at + length),
    });
    at += aligned(length);
  }
  return messages;
}

/** Attributes by type, the last of equal ones. `from` is the length of the header before them. @throws MalformedMessage */
export function attributesIn(payload: Buffer, from = 0): Attributes {
  const attributes = new Map<number, Buffer>();
  if (payload.length < from) throw new MalformedMessage(`a header of ${from} bytes is cut off at ${payload.length}`);
  for (let at = aligned(from); at < payload.length;) {
    const length = lengthAt(payload, at, attributeHeaderBytes, () => payload.readUInt16LE(at));
    attributes.set(payload.readUInt16LE(at + 2) & NLA_TYPE_MASK, payload.subarray(at + attributeHeaderBytes, at + length));
    at += aligned(length);
  }
  return attributes;
}

/** The contents of every attribute of one type inside a list, in order: several of one type are a list's members. @throws MalformedMessage */
export function listIn(list: Buffer | undefined, type: number): Buffer[] {
  const members: Buffer[] = [];
  if (!list) return members;
  for (let at = 0; at < list.length;) {
    const length = lengthAt(list, at, attributeHeaderBytes, () => list.readUInt16LE(at));
    if ((list.readUInt16LE(at + 2) & NLA_TYPE_MASK) === type) members.push(list.subarray(at + attributeHeaderBytes, at + length));
    at += aligned(length);
  }
  return members;
}

function lengthAt(buffer: Buffer, at: number, headerBytes: number, read: () => number): number {
  const left = buffer.length - at;
  if (left < headerBytes) throw new MalformedMessage(`${left} bytes are left where a header of ${headerBytes} begins`);
  const length = read();
  if (length < headerBytes || length > left)
    throw new MalformedMessage(`a length of ${length} where ${headerBytes} to ${left} is possible`);
  return length;
}

const noAttributes: Attributes = new Map();

/** The attributes inside a nested one; none when it is absent. */
export const nested = (attribute: Buffer | undefined): Attributes => (attribute ? attributesIn(attribute) : noAttributes);

/** An absent attribute, or one too short for its type, reads as undefined. */
export const byteOf = (attribute: Buffer | undefined): number | undefined => attribute?.[0];

export const numberOf = (attribute: Buffer | undefined): number | undefined =>
  attribute && attribute.length >= 4 ? attribute.readUInt32LE(0) : undefined;

/** Text up to the first NUL. */
export function textOf(attribute: Buffer | undefined): string | undefined {
  if (!attribute) return undefined;
  const end = attribute.indexOf(0);
  return attribute.toString('utf8', 0, end < 0 ? attribute.length : end);
}

/** A field for a spread: none when there is no value. */
export function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  const fields: { [P in K]?: V } = {};
  if (value !== undefined) fields[key] = value;
  return fields;
}
