import { existsSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { translated, withSysfs } from '@virtbus/libc';

/** What the kernel shows of PCI devices, and takes of orders about them. Paths are below sysfs's root. */
export interface PciFiles {
  /** Names in a directory; none when there is no such directory. */
  entries(path: string): readonly string[];
  exists(path: string): boolean;
  /** The last part of what a symbolic link points to; undefined when there is none. */
  target(path: string): string | undefined;
  /** @throws SystemError as the kernel answers */
  write(path: string, text: string): void;
  /** Whether user space can drive devices by VFIO: its container device is there. */
  hasVfio(): boolean;
}

export interface SysfsPlaces {
  /** A directory that looks like /sys; absent: the kernel's own. */
  readonly sysfs?: string;
  readonly dev?: string;
  /** The network namespace whose links devices are shown with. */
  readonly netns?: string;
}

/** Directories that show links; all else is the same whoever looks. */
const LINKS = /\/net$/;

/**
 * sysfs itself. Devices belong to the machine, and their links to a network namespace: links are read through a sysfs that shows that
 * one's, which takes a mount each time; everything else through /sys.
 */
export class SysfsFiles implements PciFiles {
  protected readonly top: string;

  constructor(private readonly places: SysfsPlaces = {}) {
    this.top = places.sysfs ?? '/sys';
  }

  entries(path: string): readonly string[] {
    return this.reading(path, (file) => orUndefined(() => readdirSync(file))) ?? [];
  }

  exists(path: string): boolean {
    return this.reading(path, existsSync);
  }

  target(path: string): string | undefined {
    const found = this.reading(path, (file) => orUndefined(() => readlinkSync(file)));
    return found === undefined ? undefined : basename(found);
  }

  write(path: string, text: string): void {
    translated(() => writeFileSync(join(this.top, path), text));
  }

  hasVfio(): boolean {
    return existsSync(join(this.places.dev ?? '/dev', 'vfio/vfio'));
  }

  private reading<T>(path: string, read: (file: string) => T): T {
    const { sysfs, netns } = this.places;
    if (sysfs !== undefined || netns === undefined || !LINKS.test(path)) return read(join(this.top, path));
    return withSysfs(netns, (root) => read(join(root, path)));
  }
}

/** What is not there, or is no directory or link. */
function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR', 'EINVAL', 'ENODEV'].includes(String(error.code)))
      return undefined;
    throw error;
  }
}
