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
