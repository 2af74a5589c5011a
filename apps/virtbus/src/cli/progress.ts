import { byteWords } from './core/byte-words.js';
import type { Sink } from './surroundings.js';

/** Work that is quicker than this shows nothing. Milliseconds. */
const PATIENCE_MS = 700;
const PERIOD_MS = 1_000;

/** Shows on a terminal that something is being waited for, and for how long. @returns what ends it */
export function showProgress(sink: Sink, label: string): () => void {
  if (!sink.isTTY) return () => undefined;
  const startedAt = performance.now();
  let shown = false;
  const show = (): void => {
    shown = true;
    sink.write(`\r${label}: waiting, ${Math.round((performance.now() - startedAt) / 1_000)} s\u001b[K`);
    timer = setTimeout(show, PERIOD_MS);
  };
  let timer = setTimeout(show, PATIENCE_MS);
  return () => {
    clearTimeout(timer);
    if (shown) sink.write('\r\u001b[K');
  };
}

export interface TransferProgress {
  /** So many bytes in all. */
  readonly moved: (bytes: number) => void;
  readonly hide: () => void;
}

/** Shows on a terminal how many bytes have gone their way. */
export function showTransfer(sink: Sink | undefined, label: string, totalBytes: number | undefined): TransferProgress {
  if (!sink?.isTTY) return { moved: () => undefined, hide: () => undefined };
  let shownAt = performance.now() + PATIENCE_MS - PERIOD_MS;
  let shown = false;
  const moved = (bytes: number): void => {
    if (performance.now() - shownAt < PERIOD_MS) return;
    [shown, shownAt] = [true, performance.now()];
    const whole = totalBytes ? ` of ${byteWords(totalBytes)} (${Math.floor((100 * Math.min(bytes, totalBytes)) / totalBytes)} %)` : '';
    sink.write(`\r${label}: ${byteWords(bytes)}${whole}\u001b[K`);
  };
  return { moved, hide: () => void (shown && sink.write('\r\u001b[K')) };
}
