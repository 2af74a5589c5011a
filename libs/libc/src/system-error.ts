import { getSystemErrorMessage, getSystemErrorName } from 'node:util';

/** ENOTSUP, which is also EOPNOTSUPP; libuv's sentence for it speaks of sockets only. */
const notSupported = 95;

/** A system call failed. `code` is libuv's symbol of the errno, such as `EEXIST`; `errno` is positive, as in errno(3). */
export class SystemError extends Error {
  override readonly name: string = 'SystemError';
  readonly code: string;

  constructor(
    readonly syscall: string,
    readonly errno: number,
    /** What the call was about: a path, a link's name. */
    readonly subject?: string,
  ) {
    const why = errno === notSupported ? 'operation not supported' : getSystemErrorMessage(-errno);
    super(`${syscall}${subject === undefined ? '' : ` ${subject}`}: ${why}`);
    this.code = getSystemErrorName(-errno);
  }
}

/** Runs one of Node's own calls; its error becomes a SystemError. Anything else that is thrown passes unchanged. */
export function translated<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw fromNode(error);
  }
}

function fromNode(error: unknown): unknown {
  if (!(error instanceof Error) || !('errno' in error) || typeof error.errno !== 'number') return error;
  const syscall = 'syscall' in error && typeof error.syscall === 'string' ? error.syscall : 'call';
  const path = 'path' in error && typeof error.path === 'string' ? error.path : undefined;
  return new SystemError(syscall, Math.abs(error.errno), path);
}
