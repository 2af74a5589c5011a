/**
 * Makes the kernel write through below the store, for servers that cannot be told to. A file that is made in a directory with
 * the attribute S (`chattr +S`, FS_SYNC_FL) inherits it, and each write to it returns when it is on the disk.
 */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Log } from '../log.js';

const run = promisify(execFile);

/** Files that are there already are marked too. Says so when the file system has no such attribute. */
export async function makeSynchronous(store: string, log: Log): Promise<boolean> {
  await mkdir(store, { recursive: true, mode: 0o700 });
  try {
    if (await isInherited(store)) return true;
    await run('chattr', ['-R', '+S', store]);
    if (await isInherited(store)) return true;
    log.warn(unsafe(store, 'new files do not inherit the attribute'));
  } catch (cause) {
    log.warn(unsafe(store, lastLineOf(cause)));
  }
  return false;
}

/** @returns whether a new file in the directory gets the attribute S. */
async function isInherited(directory: string): Promise<boolean> {
  const probe = join(directory, `.probe-${process.pid}`);
  try {
    await writeFile(probe, '');
    const { stdout } = await run('lsattr', ['-d', probe]);
    return /^\S*S/.test(stdout);
  } finally {
    await rm(probe, { force: true });
  }
}

/** A failed program's own words stand below the line that says which it was. */
const lastLineOf = (cause: unknown): string => String(cause).trim().split('\n').at(-1) ?? '';

const unsafe = (store: string, why: string): string =>
  `${store} is not written through (${why}): a power failure may lose what this nats-server has acknowledged; use nats-server 2.10 or newer, or ext4`;
