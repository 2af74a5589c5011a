const LOOK_EVERY_MS = 5;

/**
 * Waits until `look` returns something else than undefined, null or false, and returns that. What it throws last is what the test
 * fails with.
 */
export async function eventually<T>(look: () => T | Promise<T>, timeoutMs = 10_000): Promise<Exclude<T, undefined | null | false>> {
  const until = performance.now() + timeoutMs;
  let last: unknown = new Error(`nothing within ${timeoutMs} ms`);
  while (performance.now() < until) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== null && seen !== false) return seen as Exclude<T, undefined | null | false>;
    } catch (thrown) {
      last = thrown;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw last;
}
