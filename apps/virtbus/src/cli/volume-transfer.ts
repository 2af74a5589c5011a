/** What `vol-upload` and `vol-download` have in common. */
import { INTERRUPTED_STATUS, type Context } from './context.js';
import { Failure, failed } from './failure.js';
import type { VolumePart } from './fleet.js';
import { showTransfer } from './progress.js';
import { findVolume, ofPoolOption, volumeOption } from './volume-reference.js';

export const transferOptions = {
  vol: volumeOption,
  file: { kind: 'text', required: true, about: 'the file' },
  pool: ofPoolOption,
  offset: { kind: 'number', of: 'bytes', about: 'where in the volume it begins, in bytes' },
  length: { kind: 'number', of: 'bytes', about: 'how many bytes at most' },
  sparse: { kind: 'flag', about: 'where nothing was written stays so, and takes no space' },
} as const;

interface Asked {
  readonly vol: string;
  readonly pool: string | undefined;
  readonly offset: number | undefined;
  readonly length: number | undefined;
}

/** @throws Failure */
export async function partOf(context: Context, { vol, pool: poolText, offset = 0, length = 0 }: Asked) {
  const { pool, volume } = await findVolume(context, { vol, pool: poolText });
  // As in virsh no length is none at all.
  const part: VolumePart = { pool, volume, offsetBytes: offset, ...(length > 0 ? { lengthBytes: length } : {}) };
  return { part, name: volume.name, pool: pool.name, leftBytes: Math.max(0, volume.physical - offset) };
}

export interface Transfer {
  /** What is being done, in virsh's words. */
  readonly doing: string;
  /** What is so when it is interrupted. */
  readonly state: string;
  readonly totalBytes: number | undefined;
}

export interface Moving {
  readonly signal: AbortSignal;
  /** So many bytes more are done. */
  readonly moved: (bytes: number) => void;
}

/**
 * Moves bytes, and shows on a terminal how many. Ctrl-C ends it.
 * @returns how many were moved. @throws Failure
 */
export async function transfer(context: Context, { doing, state, totalBytes }: Transfer, move: (moving: Moving) => Promise<void>) {
  const { globals, surroundings, command } = context;
  const aborting = new AbortController();
  const interrupted = new Failure(['Interrupted', state], 'interrupted', {}, INTERRUPTED_STATUS);
  const stopListening = surroundings.onInterrupt(() => aborting.abort(interrupted));
  const sink = globals.json || globals.quiet ? undefined : surroundings.stderr;
  const progress = showTransfer(sink, command, totalBytes);
  let bytes = 0;
  try {
    await move({
      signal: aborting.signal,
      moved: (more) => {
        bytes += more;
        progress.moved(bytes);
      },
    });
    return bytes;
  } catch (error) {
    throw failed(doing, error);
  } finally {
    progress.hide();
    stopListening();
  }
}

/** @throws Failure, in virsh's words and the system's */
export async function ofFile<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new Failure([what, wordsOf(error)], 'file_unusable');
  }
}

/** `ENOSPC: no space left on device, write` → `no space left on device` */
const wordsOf = ({ message }: Error): string => message.replace(/^[A-Z0-9]+: /, '').replace(/, \w+( '.*')?( -> '.*')?$/s, '');
