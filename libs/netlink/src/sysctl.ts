import { readFileSync, writeFileSync } from 'node:fs';
import { SystemError, translated, withNetns } from '@virtbus/libc';

/** A path below /proc/sys/net as a list, since a link's name may hold a dot: `['ipv6', 'conf', 'virbr0', 'accept_ra']`. */
export type SysctlPath = readonly string[];

const fileOf = (path: SysctlPath): string => ['/proc/sys/net', ...path].join('/');

function unlessMissing<T>(act: () => T): T | undefined {
  try {
    return translated(act);
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The value in a network namespace; undefined where the kernel has no such setting. @throws SystemError */
export const readSysctl = (netns: string | undefined, path: SysctlPath): string | undefined =>
  withNetns<string | undefined>(netns, () => unlessMissing(() => readFileSync(fileOf(path), 'utf8').trim()));

/**
 * Sets a value in a network namespace unless it already has it. Answers whether it was written, or that there is no such setting.
 * @throws SystemError EROFS where /proc/sys is read-only, EINVAL
 */
export function writeSysctl(netns: string | undefined, path: SysctlPath, value: string): 'written' | 'same' | 'missing' {
  return withNetns<'written' | 'same' | 'missing'>(netns, () => {
    const present = unlessMissing(() => readFileSync(fileOf(path), 'utf8').trim());
    if (present === undefined) return 'missing';
    if (present === value) return 'same';
    translated(() => writeFileSync(fileOf(path), value));
    return 'written';
  });
}
