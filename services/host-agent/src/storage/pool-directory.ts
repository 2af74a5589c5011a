import { constants, type Stats } from 'node:fs';
import { link, lstat, mkdir, open, readdir, readlink, rmdir, statfs, unlink, type FileHandle } from 'node:fs/promises';
import { isObjectName, type HostPool } from '@virtbus/contracts';
import { liesIn } from '../core/storage/contained.js';
import { failed, isErrno, noVolume, saying, volumeExists } from './storage-error.js';

const { O_RDONLY, O_RDWR, O_WRONLY, O_CREAT, O_EXCL, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_NOATIME } = constants;

export type Access = 'read' | 'write' | 'both';
const accessFlags: Readonly<Record<Access, number>> = { read: O_RDONLY, write: O_WRONLY, both: O_RDWR };

/** What is not yet a volume begins so. */
const UNFINISHED = '.virtbus-';

/**
 * A pool's directory, held open. Every file is reached from its descriptor by one name, links are not followed, and what is opened is
 * passed on as a descriptor: whoever exchanges a path meanwhile exchanges nothing.
 */
export class PoolDirectory {
  private constructor(
    /** Where it really is. */
    readonly path: string,
    private readonly handle: FileHandle,
    private readonly hostId: string,
  ) {}

  /** @throws Refusal system_error in libvirt's words; operation_failed when it lies where no pool may be */
  static async open({ path }: Pick<HostPool, 'path'>, { roots, hostId }: Where): Promise<PoolDirectory> {
    const handle = await saying(`cannot open directory '${path}'`, () => open(path, O_RDONLY | O_DIRECTORY));
    try {
      const real = await readlink(`/proc/self/fd/${handle.fd}`);
      mustLieIn(real, roots);
      return new PoolDirectory(real, handle, hostId);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  /** Names of what may be a volume: files and directories, with a name that a message can carry. */
  async names(): Promise<string[]> {
    const entries = await readdir(this.at('.'), { withFileTypes: true });
    return entries
      .filter((entry) => (entry.isFile() || entry.isDirectory()) && isObjectName(entry.name) && !entry.name.startsWith(UNFINISHED))
      .map(({ name }) => name)
      .toSorted((a, b) => (a < b ? -1 : 1));
  }

  /** Bytes, of the file system that the directory lies in; what is kept for root counts as taken. */
  async room(): Promise<{ readonly capacity: number; readonly allocation: number; readonly available: number }> {
    const { bsize, blocks, bfree } = await statfs(this.at('.'));
    return { capacity: bsize * blocks, allocation: bsize * (blocks - bfree), available: bsize * bfree };
  }

  stat(): Promise<Stats> {
    return this.handle.stat();
  }

  /** The file of that name. Neither links nor pipes are opened. @throws Refusal no_volume, system_error */
  async file(name: string, access: Access): Promise<FileHandle> {
    return saying(`Failed to open storage volume with path '${this.path}/${name}'`, async () => {
      try {
        return await this.opened(name, accessFlags[access] | O_NOFOLLOW | O_NONBLOCK);
      } catch (thrown) {
        if (isErrno(thrown) && (thrown.code === 'ENOENT' || thrown.code === 'ELOOP')) throw noVolume(name);
        throw thrown;
      }
    });
  }

  async has(name: string): Promise<boolean> {
    try {
      await lstat(this.at(name));
      return true;
    } catch (thrown) {
      if (isErrno(thrown) && thrown.code === 'ENOENT') return false;
      throw thrown;
    }
  }

  /**
   * Makes a file that gets its name once it is whole. Whoever is first has the name.
   * @throws Refusal volume_exists, and what `fill` throws: then nothing is left
   */
  async make(name: string, id: string, fill: (file: FileHandle) => Promise<void>): Promise<void> {
    const unfinished = this.at(`${UNFINISHED}${this.hostId}-${id}`);
    const file = await saying(`cannot create '${this.path}/${name}'`, () =>
      open(unfinished, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600),
    );
    try {
      await fill(file);
      await file.sync();
      await this.name(unfinished, name);
    } finally {
      await file.close();
      await unlink(unfinished);
    }
  }

  /** A directory is a volume, too. @throws Refusal volume_exists, system_error */
  async makeDirectory(name: string, mode: number): Promise<void> {
    if (await this.has(name)) throw volumeExists(name);
    await saying(`cannot create '${this.path}/${name}'`, () => mkdir(this.at(name), { mode }));
  }

  /** @throws Refusal no_volume, system_error */
  async remove(name: string): Promise<void> {
    if (!(await this.has(name))) throw noVolume(name);
    const isDirectory = (await lstat(this.at(name))).isDirectory();
    await saying(`cannot ${isDirectory ? 'remove directory' : 'unlink file'} '${this.path}/${name}'`, () =>
      isDirectory ? rmdir(this.at(name)) : unlink(this.at(name)),
    );
  }

  /** What this host has begun and not finished, in a life that has ended. */
  async removeUnfinished(): Promise<void> {
    const own = `${UNFINISHED}${this.hostId}-`;
    for (const name of await readdir(this.at('.'))) if (name.startsWith(own)) await unlink(this.at(name));
  }

  private async name(unfinished: string, name: string): Promise<void> {
    try {
      await link(unfinished, this.at(name));
    } catch (thrown) {
      if (isErrno(thrown) && thrown.code === 'EEXIST') throw volumeExists(name);
      throw thrown;
    }
  }

  /** Looking leaves no mark, where the file is ours. */
  private async opened(name: string, flags: number): Promise<FileHandle> {
    try {
      return await open(this.at(name), flags | O_NOATIME);
    } catch (thrown) {
      if (!isErrno(thrown) || thrown.code !== 'EPERM') throw thrown;
      return open(this.at(name), flags);
    }
  }

  /** A name without a slash, below the directory itself. */
  private at(name: string): string {
    if (name.includes('/') || name === '..' || name.includes('\0')) throw noVolume(name);
    return `/proc/self/fd/${this.handle.fd}/${name}`;
  }
}

export interface Where {
  /** Directories below which pools may lie. */
  readonly roots: readonly string[];
  readonly hostId: string;
}

/** @throws Refusal operation_failed */
export function mustLieIn(path: string, roots: readonly string[]): void {
  if (roots.some((root) => path === root || liesIn(path, root))) return;
  throw failed(`'${path}' may hold no storage pool on this host: VIRTBUS_POOL_ROOTS names the directories that may (${roots.join(':')})`);
}
