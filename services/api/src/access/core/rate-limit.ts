/** A bucket of tokens: it holds `burst`, and `perSecond` drop in. A call takes some, and waits for nothing: it is refused. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface TokenBucket {
  readonly tokens: number;
  /** When `tokens` was right. Milliseconds on a clock that never goes back. */
  readonly atMs: number;
}

export const fullBucket = ({ burst }: Rate, nowMs: number): TokenBucket => ({ tokens: burst, atMs: nowMs });

export type Taken =
  | { readonly type: 'taken'; readonly bucket: TokenBucket }
  | { readonly type: 'refused'; readonly bucket: TokenBucket; readonly retryAfterMs: number };

/** Takes `cost` tokens. What costs more than a bucket holds is refused for good, with the time of a full one. */
export function take(rate: Rate, bucket: TokenBucket, { nowMs, cost = 1 }: { readonly nowMs: number; readonly cost?: number }): Taken {
  const elapsedMs = Math.max(0, nowMs - bucket.atMs);
  const tokens = Math.min(rate.burst, bucket.tokens + (elapsedMs / 1000) * rate.perSecond);
  const filled = { tokens, atMs: Math.max(nowMs, bucket.atMs) };
  if (tokens >= cost) return { type: 'taken', bucket: { ...filled, tokens: tokens - cost } };
  return { type: 'refused', bucket: filled, retryAfterMs: Math.ceil(((Math.min(cost, rate.burst) - tokens) / rate.perSecond) * 1000) };
}

export const isFull = (rate: Rate, bucket: TokenBucket, nowMs: number): boolean =>
  bucket.tokens + ((nowMs - bucket.atMs) / 1000) * rate.perSecond >= rate.burst;
