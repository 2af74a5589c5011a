/** What bytes a volume is made of: on files that are open, whatever they will be called. */
import type { FileHandle } from 'node:fs/promises';
import { allocate } from '@virtbus/libc';
import { isErrno, saying } from './storage-error.js';

const PIECE = 1024 * 1024;

/** @throws Refusal system_error: File too large, No space left on device */
export async function extend(file: FileHandle, to: number, path: string): Promise<void> {
  await saying(`cannot extend file '${path}'`, () => file.truncate(to));
}

/** Takes space for what is a hole. A file system that cannot is written zeros to, beyond what there was. @throws Refusal system_error */
export async function takeSpace(
  file: FileHandle,
  { from, to }: { readonly from: number; readonly to: number },
  path: string,
): Promise<void> {
  if (to <= from) return;
  await saying(`cannot allocate ${to - from} bytes in file '${path}'`, async () => {
    try {
      await allocate(file.fd, from, to - from);
    } catch (thrown) {
      if (!isErrno(thrown) || (thrown.code !== 'ENOTSUP' && thrown.code !== 'EOPNOTSUPP')) throw thrown;
      await writeZeros(file, { from, to });
    }
  });
}

export async function writeZeros(file: FileHandle, { from, to }: { readonly from: number; readonly to: number }): Promise<void> {
  const zeros = Buffer.alloc(PIECE);
  for (let at = from; at < to; at += PIECE) await file.write(zeros, 0, Math.min(PIECE, to - at), at);
}

const BLOCK = 512;

/** A file with holes is emptied and made as long as it was; one without is overwritten where it lies. */
export async function wipe(file: FileHandle, path: string): Promise<void> {
  const { size, blocks } = await file.stat();
  await saying(`Failed to wipe storage volume '${path}'`, async () => {
    if (blocks * BLOCK < size) {
      await file.truncate(0);
      await file.truncate(size);
    } else await writeZeros(file, { from: 0, to: size });
    await file.sync();
  });
}
