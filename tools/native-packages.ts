import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * Names the native packages for this machine that an installation left out. npm installs without them, and without a
 * word, when one cannot be fetched; the tools then fail one by one.
 */
interface LockedPackage {
  readonly optional?: boolean;
  readonly os?: string | readonly string[];
  readonly cpu?: string | readonly string[];
  readonly libc?: string | readonly string[];
}

export interface Machine {
  readonly os: string;
  readonly cpu: string;
  readonly libc: string;
}

const allows = (list: string | readonly string[] | undefined, value: string): boolean =>
  list === undefined || [list].flat().includes(value);

/** Folders of the optional packages that are made for this machine and no other. */
export const nativeFor = (machine: Machine, packages: Readonly<Record<string, LockedPackage>>): string[] =>
  Object.entries(packages)
    .filter(
      ([, { optional, os, cpu, libc }]) =>
        optional &&
        os !== undefined &&
        cpu !== undefined &&
        allows(os, machine.os) &&
        allows(cpu, machine.cpu) &&
        allows(libc, machine.libc),
    )
    .map(([folder]) => folder);

if (import.meta.main) {
  process.chdir(resolve(import.meta.dirname, '..'));
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, LockedPackage> };
  const missing = nativeFor({ os: process.platform, cpu: process.arch, libc: 'glibc' }, packages).filter((folder) => !existsSync(folder));
  for (const folder of missing) console.error(`${folder} was not installed`);
  process.exitCode = missing.length > 0 ? 1 : 0;
}
