import { close, closeSync, fdatasync, openSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { fsyncDirectory } from '@virtbus/libc';

const syncData = promisify(fdatasync);
const closeLater = promisify(close);

/** What is stored says which file it is from, and in which format it is. */
export interface Stored {
  readonly uuid: string;
  /** 1 when absent. */
  readonly format?: number;
}

/** The only format that there has been. */
const FORMAT = 1;

/** Why a stored value could not be read back. */
export interface Unreadable {
  readonly file: string;
  readonly cause: unknown;
}

/**
 * Values on local disk, one JSON file each, that survive a power cut: written aside, synced, renamed, and the directory synced.
 * The file's name is a key that the caller has checked (a UUID); nothing else is taken.
 */
export class JsonFiles<T extends Stored> {
  private constructor(private readonly directory: string) {}

  static async open<T extends Stored>(directory: string): Promise<JsonFiles<T>> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return new JsonFiles<T>(directory);
  }

  /** @throws RangeError when the key is no UUID; a system error when the disk does not take the value. */
  async write(key: string, value: T): Promise<void> {
    const path = this.pathOf(key);
    const aside = `${path}.new`;
    const file = await open(aside, 'w', 0o600);
    try {
      await file.writeFile(JSON.stringify(value));
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
    await fsyncDirectory(this.directory);
  }

  /**
   * As `write`, for a key that has no value to lose: once the call returns, before its promise is awaited, whoever reads finds the value,
   * and it outlives this process. A power cut before the promise resolves may leave a file that cannot be read.
   */
  async begin(key: string, value: T): Promise<void> {
    const path = this.pathOf(key);
    const aside = `${path}.new`;
    const file = openSync(aside, 'w', 0o600);
    try {
      writeFileSync(file, JSON.stringify(value));
      renameSync(aside, path);
    } catch (error) {
      closeSync(file);
      throw error;
    }
    try {
      await syncData(file);
    } finally {
      await closeLater(file);
    }
    await fsyncDirectory(this.directory);
  }

  async remove(key: string): Promise<void> {
    await rm(this.pathOf(key), { force: true });
    await fsyncDirectory(this.directory);
  }

  /** Every value that can be read. What cannot is left where it is and reported: it may be all that tells of a running guest. */
  async readAll(): Promise<{ readonly values: T[]; readonly unreadable: Unreadable[] }> {
    const values: T[] = [];
    const unreadable: Unreadable[] = [];
    for (const name of (await readdir(this.directory)).filter((each) => each.endsWith('.json')).toSorted()) {
      const file = join(this.directory, name);
      try {
        values.push(storedIn(await readFile(file, 'utf8'), basename(name, '.json')) as T);
      } catch (cause) {
        unreadable.push({ file, cause });
      }
    }
    return { values, unreadable };
  }

  private pathOf(key: string): string {
    if (!/^[0-9a-f-]{36}$/i.test(key)) throw new RangeError(`"${key}" is no UUID and names no file`);
    return join(this.directory, `${key}.json`);
  }
}

/** @throws when it is not what this version, or an earlier one, has written for the key */
function storedIn(text: string, key: string): Stored {
  const value = JSON.parse(text) as Partial<Stored> | null;
  if (value?.uuid !== key) throw new TypeError(`it holds no record of ${key}`);
  const { format = FORMAT } = value;
  if (format !== FORMAT) throw new TypeError(`its format is ${format}, and this version of virtbus reads ${FORMAT}`);
  return { ...value, uuid: key };
}
