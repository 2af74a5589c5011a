/** @throws the signal's reason when it is aborted meanwhile. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(reasonOf(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}

export const reasonOf = (signal?: AbortSignal): Error =>
  signal?.reason instanceof Error ? signal.reason : new Error(`aborted: ${String(signal?.reason)}`);

/** Doubles from `firstMs` on, and never goes over `lastMs`. */
export const backOffMs = (attempt: number, firstMs: number, lastMs: number): number =>
  Math.min(lastMs, firstMs * 2 ** Math.min(attempt, 20));
