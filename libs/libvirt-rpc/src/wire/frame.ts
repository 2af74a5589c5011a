import { XdrWriter, type Codec } from '../xdr/index.js';
import { HEADER_BYTES, LENGTH_BYTES, MAX_MESSAGE_BYTES, PROGRAM_VERSION } from './numbers.js';

export interface Header {
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  readonly type: number;
  readonly serial: number;
  readonly status: number;
}

type Outgoing = Omit<Header, 'version'> & { readonly version?: number };

export interface Frame extends Header {
  readonly payload: Buffer;
}

const LONGEST = LENGTH_BYTES + MAX_MESSAGE_BYTES;

/** @throws XdrError when the payload does not fit its codec, or a message's limit */
export function frameOf<T>(header: Outgoing, codec: Codec<T>, payload: T): Buffer {
  return build(header, (to) => codec.write(to, payload));
}

/** A frame that so many descriptors follow: the payload begins with their number. @throws XdrError */
export function frameBefore<T>(descriptors: number, header: Outgoing, codec: Codec<T>, payload: T): Buffer {
  return build(header, (to) => {
    to.uint(descriptors);
    codec.write(to, payload);
  });
}

/** A frame of a stream, or one without payload: the bytes go as they are. */
export const rawFrameOf = (header: Outgoing, payload: Uint8Array = new Uint8Array()): Buffer => build(header, (to) => to.raw(payload));

function build(header: Outgoing, write: (to: XdrWriter) => void): Buffer {
  const to = new XdrWriter(LONGEST);
  to.uint(0);
  to.uint(header.program);
  to.uint(header.version ?? PROGRAM_VERSION);
  to.int(header.procedure);
  to.int(header.type);
  to.uint(header.serial);
  to.int(header.status);
  write(to);
  const frame = to.done();
  frame.writeUInt32BE(frame.length);
  return frame;
}

/** @param whole a frame without its length */
export function parseFrame(whole: Buffer): Frame {
  return {
    program: whole.readUInt32BE(0),
    version: whole.readUInt32BE(4),
    procedure: whole.readInt32BE(8),
    type: whole.readInt32BE(12),
    serial: whole.readUInt32BE(16),
    status: whole.readInt32BE(20),
    payload: whole.subarray(HEADER_BYTES),
  };
}
