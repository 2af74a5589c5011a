import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Several times what is on its way at once: what lives through two collections is taken for old, and only the slow one finds it. Each
 * byte is in three or four buffers. Bytes.
 */
const COLLECT_AFTER = 6 * 1024 * 1024;

let passed = 0;
let collect: (() => void) | undefined;

/**
 * Says that so many bytes have been through this process. Their buffers are dead soon after, but V8 learns of it by looking, and what
 * has it look is mostly their size: in a heap as small as a service's it goes through all of it, some 60 ms, for every 8 MiB. To look
 * only where the newest things lie takes less than one.
 */
export function bytesPassed(count: number): void {
  passed += count;
  if (passed < COLLECT_AFTER) return;
  passed = 0;
  collect ??= youngCollector();
  collect();
}

/** V8 shows its collector to contexts that are made while the flag is set. */
function youngCollector(): () => void {
  // Without it, buffers count as if they lay in the heap, whose growth is what V8 goes by.
  setFlagsFromString('--external-memory-accounted-in-global-limit');
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as (options: { readonly type: 'minor' }) => void;
  setFlagsFromString('--no-expose-gc');
  return () => gc({ type: 'minor' });
}
