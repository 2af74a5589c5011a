/** The file of a volume, as those use it who carry its bytes. */
import type { FileHandle } from 'node:fs/promises';
import { Refusal } from '@virtbus/contracts';
import { nextData, punchHole } from '@virtbus/libc';
import { MAX_PIECE, type PieceSender } from '@virtbus/messaging';
import { saying } from './storage-error.js';

export interface OpenVolume {
  readonly file: FileHandle;
  /** For words. */
  readonly path: string;
}

/** Bytes; to the end when it has no length. */
export interface Extent {
  readonly offset: number;
  readonly length?: number;
  /** Whether what was never written is read as holes. */
  readonly sparse?: boolean;
}

/** A part of the file that is read: bytes, or so many that were never written. */
type Part = { readonly type: 'bytes'; readonly bytes: Uint8Array } | { readonly type: 'hole'; readonly length: number };

/** @throws Refusal system_error */
function mustFit({ offset, length = Number.POSITIVE_INFINITY }: Extent, end: number): void {
  if (end > offset + length) throw new Refusal('system_error', 'cannot write to stream: No space left on device', { domain: 0 });
}

/** @throws Refusal system_error, also for more than was said */
export async function write(
  { file, path }: OpenVolume,
  extent: Extent,
  { bytes, offset }: { readonly bytes: Uint8Array; readonly offset: number },
): Promise<void> {
  mustFit(extent, offset + bytes.length);
  await saying(`Unable to write ${path}`, async () => {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done, offset + done);
      done += bytesWritten;
    }
  });
}

/**
 * Has a part read as zeros, and take no space; the file grows as far as the part reaches, and never shrinks.
 * @throws Refusal system_error, also for more than was said, and where the file system knows no holes
 */
export async function punch(
  { file, path }: OpenVolume,
  extent: Extent,
  { length, offset }: { readonly length: number; readonly offset: number },
): Promise<void> {
  const end = offset + length;
  mustFit(extent, end);
  await saying(`Unable to write ${path}`, async () => {
    const { size } = await file.stat();
    // First, since a file may not get as long as that.
    if (end > size) await file.truncate(end);
    if (offset < size) await punchHole(file.fd, offset, Math.min(end, size) - offset);
  });
}

/** The next part is read while the one before it waits for room. @throws Refusal system_error */
export async function readInto(sender: PieceSender, { file, path }: OpenVolume, extent: Extent): Promise<void> {
  const parts = new Parts(file, extent);
  const read = (): Promise<Part | undefined> => saying(`Unable to read ${path}`, () => parts.next());
  for (let part = await read(); part;) {
    const next = read();
    next.catch(() => undefined);
    await (part.type === 'hole' ? sender.sendHole(part.length) : sender.send(part.bytes));
    part = await next;
  }
  await sender.finish();
}

/** What a file holds, part by part, up to its end or the extent's. */
class Parts {
  private readonly end: number;
  private readonly sparse: boolean;
  private at: number;
  /** Up to here there are data, as far as is known. */
  private dataEnd: number;

  constructor(
    private readonly file: FileHandle,
    { offset, length, sparse = false }: Extent,
  ) {
    this.end = length === undefined ? Number.POSITIVE_INFINITY : offset + length;
    this.sparse = sparse;
    this.at = offset;
    this.dataEnd = sparse ? offset : this.end;
  }

  /** @returns undefined behind the last one */
  async next(): Promise<Part | undefined> {
    if (this.at >= this.end) return undefined;
    if (this.sparse && this.at >= this.dataEnd) {
      const length = await this.hole();
      if (length > 0) return { type: 'hole', length };
    }
    const wanted = Math.min(MAX_PIECE, this.dataEnd - this.at);
    if (wanted <= 0) return undefined;
    const { bytesRead, buffer } = await this.file.read(Buffer.allocUnsafe(wanted), 0, wanted, this.at);
    this.at += bytesRead;
    return bytesRead === 0 ? undefined : { type: 'bytes', bytes: buffer.subarray(0, bytesRead) };
  }

  /** Passes over what is not there. @returns how much that is, where data begin at once 0 */
  private async hole(): Promise<number> {
    const from = this.at;
    const data = await nextData(this.file.fd, from);
    const until = Math.min(this.end, data?.start ?? (await this.file.stat()).size);
    this.at = Math.max(from, until);
    this.dataEnd = data ? Math.min(this.end, data.end) : this.at;
    return this.at - from;
  }
}
