import { addressOf, called, functions } from './library.js';

/**
 * Descriptor passing over a unix socket (SCM_RIGHTS, cmsg(3)). Layouts are those of 64-bit Linux: `struct iovec` 16 bytes,
 * `struct msghdr` 56, `struct cmsghdr` 16, control data aligned to 8.
 */
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_NOSIGNAL = 0x4000;
const MSG_CMSG_CLOEXEC = 0x40000000;
const controlHeaderBytes = 16;
/** SCM_MAX_FD of linux/net/scm.h. */
const maxDescriptors = 253;

const controlSpace = (count: number): number => controlHeaderBytes + Math.ceil((count * 4) / 8) * 8;

/** The header holds the addresses of the others, so all of them stay referenced until the call returns. */
interface Message {
  readonly header: Buffer;
  readonly reachable: readonly Uint8Array[];
}

function message(bytes: Uint8Array, control: Uint8Array): Message {
  const vector = Buffer.alloc(16);
  vector.writeBigUInt64LE(addressOf(bytes), 0);
  vector.writeBigUInt64LE(BigInt(bytes.length), 8);
  const header = Buffer.alloc(56);
  header.writeBigUInt64LE(addressOf(vector), 16);
  header.writeBigUInt64LE(1n, 24);
  header.writeBigUInt64LE(addressOf(control), 32);
  header.writeBigUInt64LE(BigInt(control.length), 40);
  return { header, reachable: [vector, bytes, control] };
}

/**
 * Sends bytes and, with the first of them, descriptors. The receiver gets copies; the caller's stay open.
 * Answers the number of bytes sent: all descriptors went with the first byte, so the rest may follow by an ordinary write.
 * @throws SystemError EAGAIN on a full non-blocking socket, EPIPE, EBADF
 */
export function sendWithDescriptors(fd: number, bytes: Uint8Array, descriptors: readonly number[]): number {
  if (bytes.length === 0) throw new RangeError('descriptors travel with at least one byte');
  if (descriptors.length === 0 || descriptors.length > maxDescriptors)
    throw new RangeError(`1 to ${maxDescriptors} descriptors can be sent at once`);
  const control = Buffer.alloc(controlSpace(descriptors.length));
  control.writeBigUInt64LE(BigInt(controlHeaderBytes + descriptors.length * 4), 0);
  control.writeInt32LE(SOL_SOCKET, 8);
  control.writeInt32LE(SCM_RIGHTS, 12);
  descriptors.forEach((descriptor, index) => control.writeInt32LE(descriptor, controlHeaderBytes + index * 4));
  const parts = message(bytes, control);
  return called('sendmsg', () => functions.sendmsg(fd, parts.header, MSG_NOSIGNAL));
}

/** Receives bytes and the descriptors sent with them, close-on-exec. Blocks on a blocking socket. @throws SystemError */
export function receiveWithDescriptors(fd: number, maxBytes: number): { bytes: Buffer; descriptors: number[] } {
  const bytes = Buffer.alloc(maxBytes);
  const control = Buffer.alloc(controlSpace(maxDescriptors));
  const parts = message(bytes, control);
  const length = called('recvmsg', () => functions.recvmsg(fd, parts.header, MSG_CMSG_CLOEXEC));
  return { bytes: bytes.subarray(0, length), descriptors: descriptorsIn(control.subarray(0, Number(parts.header.readBigUInt64LE(40)))) };
}

function descriptorsIn(control: Buffer): number[] {
  if (control.length < controlHeaderBytes || control.readInt32LE(8) !== SOL_SOCKET || control.readInt32LE(12) !== SCM_RIGHTS) return [];
  const end = Math.min(control.length, Number(control.readBigUInt64LE(0)));
  const count = Math.floor((end - controlHeaderBytes) / 4);
  return Array.from({ length: count }, (_, index) => control.readInt32LE(controlHeaderBytes + index * 4));
}
