import { called, functions } from './library.js';

/** What the C library's `cpu_set_t` holds. */
const CPUS = 1024;

/**
 * Has a thread run on these processors only, by their numbers; those that the machine does not have count for nothing.
 * @throws SystemError ESRCH when the thread has gone, EINVAL when none of them is there
 */
export function setAffinity(tid: number, processors: readonly number[]): void {
  const mask = new Uint8Array(CPUS / 8);
  for (const processor of processors.filter((each) => each < CPUS)) {
    const byte = processor >> 3;
    mask[byte] = (mask[byte] ?? 0) | (1 << (processor & 7));
  }
  called('sched_setaffinity', () => functions.schedSetaffinity(tid, mask.length, mask));
}

/** For a thread that may run anywhere. */
export const everyProcessor: readonly number[] = Array.from({ length: CPUS }, (_, number) => number);
