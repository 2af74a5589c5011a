import { closeSync, constants, openSync } from 'node:fs';
import { open as openAsync } from 'node:fs/promises';
import { called, calledAsync, functions } from './library.js';
import { SystemError, translated } from './system-error.js';

/** Opens with O_CLOEXEC (Node always sets it). `flags` are `O_…` of `node:fs` constants. @throws SystemError */
export const open = (path: string, flags: number, mode = 0o600): number => translated(() => openSync(path, flags, mode));

/** @throws SystemError EBADF */
export const close = (fd: number): void => translated(() => closeSync(fd));

/** ioctl(2). A buffer is passed by address and may be written to by the kernel; a number is passed as it is. @throws SystemError */
export function ioctl(fd: number, request: number, argument: Uint8Array | number): number {
  return typeof argument === 'number'
    ? called('ioctl', () => functions.ioctlNumber(fd, request, argument))
    : called('ioctl', () => functions.ioctlPointer(fd, request, argument));
}

/** ioctl(2) on a thread of libuv's pool. Do not touch the buffer until the promise settles. */
export function ioctlAsync(fd: number, request: number, argument: Uint8Array | number): Promise<number> {
  const ioctlOf = typeof argument === 'number' ? functions.ioctlNumber : functions.ioctlPointer;
  return calledAsync('ioctl', (done) => ioctlOf.async(fd, request, argument, done));
}

/**
 * Takes space on the disk for a piece of a file, as fallocate(2) does; what lies there stays. Bytes.
 * @throws SystemError EOPNOTSUPP where the file system cannot, ENOSPC, EFBIG
 */
export async function allocate(fd: number, offset: number, length: number): Promise<void> {
  await calledAsync('fallocate', (done) => functions.fallocate.async(fd, 0, offset, length, done));
}

const LOCK_EX = 2;
const LOCK_NB = 4;

/** flock(2), exclusively, for as long as the descriptor is open. Answers false when another descriptor has the lock. @throws SystemError */
export function lock(fd: number): boolean {
  try {
    called('flock', () => functions.flock(fd, LOCK_EX | LOCK_NB));
    return true;
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EAGAIN') return false;
    throw error;
  }
}

const FALLOC_FL_KEEP_SIZE = 1;
const FALLOC_FL_PUNCH_HOLE = 2;

/**
 * Gives back the space of a piece of a file, which reads as zeros from then on. The file stays as long as it is. Bytes.
 * @throws SystemError ENOTSUP where the file system cannot, EINVAL when there is no length
 */
export async function punchHole(fd: number, offset: number, length: number): Promise<void> {
  const mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  await calledAsync('fallocate', (done) => functions.fallocate.async(fd, mode, offset, length, done));
}

const SEEK_DATA = 3;
const SEEK_HOLE = 4;

/**
 * Where the next data of a file are, from a place on, and where they end. File systems that know no holes have data everywhere.
 * Moves the descriptor's own place. @returns undefined when there are none. @throws SystemError
 */
export async function nextData(fd: number, from: number): Promise<{ readonly start: number; readonly end: number } | undefined> {
  const seek = (at: number, whence: number) => calledAsync('lseek', (done) => functions.lseek.async(fd, at, whence, done));
  try {
    const start = await seek(from, SEEK_DATA);
    return { start, end: await seek(start, SEEK_HOLE) };
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENXIO') return undefined;
    throw error;
  }
}

/** Makes names created, renamed or removed in a directory durable. */
export async function fsyncDirectory(path: string): Promise<void> {
  const directory = await openAsync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** linux/fs.h; the request numbers are those of 64-bit machines. */
const FS_IOC_GETFLAGS = 0x80086601;
const FS_IOC_SETFLAGS = 0x40086602;
const FS_SYNC_FL = 0x8;

/**
 * Has every write below a directory reach the disk before it returns, as `chattr +S` does; files created later inherit it.
 * Answers false where the file system has no such flag. @throws SystemError
 */
export function setSyncFlag(directory: string): boolean {
  const fd = open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const flags = new Int32Array(2);
    ioctl(fd, FS_IOC_GETFLAGS, new Uint8Array(flags.buffer));
    flags[0] = (flags[0] ?? 0) | FS_SYNC_FL;
    ioctl(fd, FS_IOC_SETFLAGS, new Uint8Array(flags.buffer));
    return true;
  } catch (error) {
    if (error instanceof SystemError && (error.code === 'ENOTTY' || error.code === 'ENOTSUP')) return false;
    throw error;
  } finally {
    close(fd);
  }
}

/** Whether `setSyncFlag` is in force on a directory; false where the file system has no such flag. */
export function hasSyncFlag(directory: string): boolean {
  const fd = open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const flags = new Int32Array(2);
    ioctl(fd, FS_IOC_GETFLAGS, new Uint8Array(flags.buffer));
    return ((flags[0] ?? 0) & FS_SYNC_FL) !== 0;
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOTTY') return false;
    throw error;
  } finally {
    close(fd);
  }
}
