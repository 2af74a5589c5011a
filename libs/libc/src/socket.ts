import { chmodSync } from 'node:fs';
import { close } from './file.js';
import { addressOf, called, calledAsync, functions } from './library.js';
import { SystemError, translated } from './system-error.js';

/** bits/socket.h, the same on every 64-bit Linux. */
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;

/** `sun_path` holds 108 bytes, the last of which is NUL. */
const unixPathBytes = 107;
const ENAMETOOLONG = 36;

/** Opens a socket, close-on-exec. @throws SystemError */
export const socket = (family: number, type: number, protocol: number): number =>
  called('socket', () => functions.socket(family, type | SOCK_CLOEXEC, protocol));

/** Two connected unix stream sockets, close-on-exec. @throws SystemError */
export function socketPair(): [number, number] {
  const pair = new Int32Array(2);
  called('socketpair', () => functions.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
  const [near = -1, far = -1] = pair;
  return [near, far];
}

/** `address` is a whole `struct sockaddr_…`. @throws SystemError */
export const bind = (fd: number, address: Uint8Array, subject?: string): void =>
  void called('bind', () => functions.bind(fd, address, address.length), subject);

export const connect = (fd: number, address: Uint8Array, subject?: string): void =>
  void called('connect', () => functions.connect(fd, address, address.length), subject);

export const listen = (fd: number, backlog: number): void => void called('listen', () => functions.listen(fd, backlog));

/** Sets a socket option whose value is an int. @throws SystemError */
export const setSocketOption = (fd: number, level: number, option: number, value: number): void =>
  void called('setsockopt', () => functions.setsockopt(fd, level, option, Int32Array.of(value), 4));

const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_ATTACH_FILTER = 26;
/** `struct sock_filter`: a code, two jumps and an operand. */
const instructionBytes = 8;

export interface FilterInstruction {
  readonly code: number;
  readonly ifTrue?: number;
  readonly ifFalse?: number;
  readonly operand: number;
}

/** Has the kernel drop what a classic BPF program (bpf(4)) does not take, before it reaches the socket. @throws SystemError */
export function attachFilter(fd: number, program: readonly FilterInstruction[]): void {
  const instructions = Buffer.alloc(program.length * instructionBytes);
  for (const [index, { code, ifTrue = 0, ifFalse = 0, operand }] of program.entries()) {
    const at = index * instructionBytes;
    instructions.writeUInt16LE(code, at);
    instructions.writeUInt8(ifTrue, at + 2);
    instructions.writeUInt8(ifFalse, at + 3);
    instructions.writeUInt32LE(operand, at + 4);
  }
  const header = Buffer.alloc(16);
  header.writeUInt16LE(program.length, 0);
  header.writeBigUInt64LE(addressOf(instructions), 8);
  called('setsockopt', () => functions.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, header, header.length));
  // The kernel has copied the instructions; until here they must not be collected.
  instructions.fill(0);
}

/** Answers the number of bytes sent. @throws SystemError */
export const send = (fd: number, bytes: Uint8Array, flags = 0): number =>
  called('send', () => functions.send(fd, bytes, bytes.length, flags));

/** send(2) on a thread of libuv's pool. Do not touch the bytes until the promise settles. */
export const sendAsync = (fd: number, bytes: Uint8Array, flags = 0): Promise<number> =>
  calledAsync('send', (done) => functions.send.async(fd, bytes, bytes.length, flags, done));

/** Answers recv(2)'s length; with MSG_TRUNC that may exceed the buffer. @throws SystemError EAGAIN, ENOBUFS … */
export const receive = (fd: number, into: Uint8Array, flags = 0): number =>
  called('recv', () => functions.recv(fd, into, into.length, flags));

/** recv(2) on a thread of libuv's pool: it occupies one of the pool's four threads until something arrives. */
export const receiveAsync = (fd: number, into: Uint8Array, flags = 0): Promise<number> =>
  calledAsync('recv', (done) => functions.recv.async(fd, into, into.length, flags, done));

function unixAddress(path: string): Uint8Array {
  const name = Buffer.from(path);
  if (name.length > unixPathBytes) throw new SystemError('bind', ENAMETOOLONG, path);
  const address = Buffer.alloc(2 + name.length + 1);
  address.writeUInt16LE(AF_UNIX, 0);
  name.copy(address, 2);
  return address;
}

/**
 * A listening unix stream socket whose descriptor a child can inherit, so that clients may connect before the child runs.
 * @throws SystemError EADDRINUSE when the path exists, ENAMETOOLONG beyond 107 bytes
 */
export function listenUnix(path: string, options: { readonly mode?: number; readonly backlog?: number } = {}): number {
  const address = unixAddress(path);
  return prepared(socket(AF_UNIX, SOCK_STREAM, 0), (fd) => {
    bind(fd, address, path);
    translated(() => chmodSync(path, options.mode ?? 0o600));
    listen(fd, options.backlog ?? 16);
  });
}

/** `struct sockaddr_in`, for 127.0.0.1. */
function loopbackAddress(port: number): Uint8Array {
  const address = Buffer.alloc(16);
  address.writeUInt16LE(AF_INET, 0);
  address.writeUInt16BE(port, 2);
  address.set([127, 0, 0, 1], 4);
  return address;
}

/**
 * A listening TCP socket on 127.0.0.1, for a server of this process or of a child; port 0 is any that nobody has. Two that ask for one
 * port at once do not both get it: with SO_REUSEADDR, without which ends of old connections are in the way, listen(2) decides.
 * @throws SystemError EADDRINUSE when somebody listens there, EACCES
 */
export function listenLoopback(port: number, backlog = 511): { readonly fd: number; readonly port: number } {
  const address = loopbackAddress(port);
  const fd = prepared(socket(AF_INET, SOCK_STREAM, 0), (made) => {
    setSocketOption(made, SOL_SOCKET, SO_REUSEADDR, 1);
    bind(made, address, `127.0.0.1:${port}`);
    listen(made, backlog);
    called('getsockname', () => functions.getsockname(made, address, Uint32Array.of(address.length)));
  });
  return { fd, port: Buffer.from(address).readUInt16BE(2) };
}

/** A connected unix stream socket. @throws SystemError ENOENT, ECONNREFUSED, ENAMETOOLONG */
export function connectUnix(path: string): number {
  const address = unixAddress(path);
  return prepared(socket(AF_UNIX, SOCK_STREAM, 0), (fd) => connect(fd, address, path));
}

/** Closes the descriptor again when preparing it fails. */
export function prepared(fd: number, prepare: (fd: number) => void): number {
  try {
    prepare(fd);
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}
