import { getSystemErrorMap } from 'node:util';
import { Refusal } from '@virtbus/contracts';

/** libvirt's module number of storage. */
export const STORAGE = 18;

/** Where the C library's words are others than libuv's. */
const strerror: Readonly<Record<string, string>> = {
  EISDIR: 'Is a directory',
  EEXIST: 'File exists',
  ELOOP: 'Too many levels of symbolic links',
  EPERM: 'Operation not permitted',
};

interface Errno {
  readonly code: string;
  readonly errno: number;
}

export const isErrno = (thrown: unknown): thrown is Error & Errno =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' && 'errno' in thrown && typeof thrown.errno === 'number';

export function wordsOf({ code, errno }: Errno): string {
  const libuv = getSystemErrorMap().get(-Math.abs(errno))?.[1] ?? code;
  return strerror[code] ?? `${libuv.charAt(0).toUpperCase()}${libuv.slice(1)}`;
}

/** Runs what the kernel may refuse: `cannot open directory '/a': No such file or directory`. @throws Refusal system_error */
export async function saying<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    if (!isErrno(thrown)) throw thrown;
    throw new Refusal('system_error', `${what}: ${wordsOf(thrown)}`, { cause: thrown, domain: STORAGE });
  }
}

export const noVolume = (name: string): Refusal =>
  new Refusal('no_volume', `Storage volume not found: no storage vol with matching name '${name}'`);
export const volumeExists = (name: string): Refusal => new Refusal('volume_exists', `storage volume '${name}' exists already`);
export const unsupportedHere = (words: string): Refusal =>
  new Refusal('config_unsupported', `unsupported configuration: ${words}`, { domain: STORAGE });
export const invalidArgument = (words: string): Refusal =>
  new Refusal('invalid_argument', `invalid argument: ${words}`, { domain: STORAGE });
export const failed = (words: string): Refusal => new Refusal('operation_failed', `operation failed: ${words}`, { domain: STORAGE });
export const unsupportedOperation = (words: string): Refusal =>
  new Refusal('operation_unsupported', `Operation not supported: ${words}`, { domain: STORAGE });
