import { constants, fstatSync, rmSync, statSync } from 'node:fs';
import { close, open } from './file.js';
import { called, functions } from './library.js';
import { SystemError, translated } from './system-error.js';

/** What tells one device from every other: its driver's number and its own. */
export interface DeviceNumber {
  readonly major: number;
  readonly minor: number;
}

const ownerOnly = 0o600;

/** The kernel's `dev_t` as user space has it (sys/sysmacros.h): 12 bits of the major number around 8 and then 12 of the minor. */
const encoded = ({ major, minor }: DeviceNumber): number => ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;

/** mknod(2). @throws SystemError EEXIST, EPERM */
export const makeCharacterDevice = (path: string, device: DeviceNumber): void =>
  void called('mknod', () => functions.mknod(path, constants.S_IFCHR | ownerOnly, encoded(device)), path);

/**
 * Opens a character device, by `path` where that is the device meant, else by a node of that number made for the moment beside
 * `aside`: names below /dev are one for all network namespaces, and devices of two may have the same.
 * @throws SystemError ENXIO or ENODEV when there is no such device, EACCES where nodes do not count (a file system mounted `nodev`)
 */
export function openCharacterDevice(path: string, device: DeviceNumber, aside: string): number {
  if (isDevice(path, device)) {
    const fd = open(path, constants.O_RDWR);
    if (fstatSync(fd).rdev === encoded(device)) return fd;
    close(fd);
  }
  makeCharacterDevice(aside, device);
  try {
    return open(aside, constants.O_RDWR);
  } finally {
    rmSync(aside, { force: true });
  }
}

function isDevice(path: string, device: DeviceNumber): boolean {
  try {
    const found = translated(() => statSync(path));
    return found.isCharacterDevice() && found.rdev === encoded(device);
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return false;
    throw error;
  }
}
