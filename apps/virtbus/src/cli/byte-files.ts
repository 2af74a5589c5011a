/** Files that are too large to be held in memory. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Piece } from './fleet.js';
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
  return {
    sizeBytes: isFile ? size : undefined,
    pieces,
    ...(isFile ? { sparse: () => sparsePieces(file) } : {}),
    close: () => file.close(),
  };
}

/** A file's data as they lie between its holes, up to its end. */
async function* sparsePieces(file: FileHandle): AsyncGenerator<Piece> {
  // Native calls are loaded only for this.
  const { nextData } = await import('@virtbus/libc');
  for (let at = 0; ;) {
    const data = await nextData(file.fd, at);
    const start = data?.start ?? (await file.stat()).size;
    if (start > at) yield { hole: start - at };
    if (!data) return;
    for (at = start; at < data.end;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.min(PIECE, data.end - at)), 0, null, at);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  }
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
  private at = 0;

  constructor(
    private readonly file: FileHandle,
    private readonly part: string,
    private readonly place: string,
  ) {}

  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.file.write(bytes, done, bytes.length - done, this.at);
      done += bytesWritten;
      this.at += bytesWritten;
    }
  }

  async skip(length: number): Promise<void> {
    this.at += length;
  }

  async keep(): Promise<void> {
    // A hole at the end is part of it.
    await this.file.truncate(this.at);
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
  const write = (bytes: Uint8Array): Promise<void> => file.writeFile(bytes);
  /** What is there already would show through a hole. */
  const skip = async (length: number): Promise<void> => {
    for (let left = length; left > 0; left -= PIECE) await write(Buffer.alloc(Math.min(left, PIECE)));
  };
  return { write, skip, keep: close, drop: close };
}

function unlessMissing(thrown: unknown): undefined {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
  throw thrown;
}
