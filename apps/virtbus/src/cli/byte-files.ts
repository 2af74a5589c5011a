/** Files that are too large to be held in memory. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ByteSource, ByteTarget } from './surroundings.js';

/** What is read at once. Bytes. */
const PIECE = 512 * 1024;
/** Names have 255 bytes at most, with the ending. */
const MAX_NAME = 200;
const PERMISSIONS = 0o777;
const USUAL_MODE = 0o666;

export async function openSource(path: string): Promise<ByteSource> {
  if (path === '-') return { sizeBytes: undefined, pieces: process.stdin, close: async () => void process.stdin.destroy() };
  const file = await open(path);
  const { size, isFile } = await file.stat().then((found) => ({ size: found.size, isFile: found.isFile() }));
  const pieces = file.createReadStream({ autoClose: false, highWaterMark: PIECE });
  return { sizeBytes: isFile ? size : undefined, pieces, close: () => file.close() };
}

/** What is there and no file, such as a device or a pipe, is written to as it is. */
export async function createTarget(path: string): Promise<ByteTarget> {
  const before = await stat(path).catch(unlessMissing);
  if (before && !before.isFile()) return straightTo(await open(path, 'w'));
  const place = before ? await realpath(path) : path;
  if (before) await access(place, constants.W_OK);
  // Whoever looks there in the meantime, or after this process was killed, does not take it for the whole.
  const part = join(dirname(place), `.${basename(place).slice(0, MAX_NAME)}.${randomBytes(4).toString('hex')}.part`);
  const file = await open(part, 'wx', before ? before.mode & PERMISSIONS : USUAL_MODE);
  return new NewFile(file, part, place);
}

class NewFile implements ByteTarget {
  private isOpen = true;

  constructor(
    private readonly file: FileHandle,
    private readonly part: string,
    private readonly place: string,
  ) {}

  write(bytes: Uint8Array): Promise<void> {
    return this.file.writeFile(bytes);
  }

  async keep(): Promise<void> {
    await this.file.sync();
    await this.close();
    await rename(this.part, this.place);
  }

  async drop(): Promise<void> {
    await this.close();
    await rm(this.part, { force: true });
  }

  private async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    await this.file.close();
  }
}

function straightTo(file: FileHandle): ByteTarget {
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= file.close());
  return { write: (bytes) => file.writeFile(bytes), keep: close, drop: close };
}

function unlessMissing(thrown: unknown): undefined {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
  throw thrown;
}
