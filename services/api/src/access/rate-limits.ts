import { Refusal } from '@virtbus/contracts';
import { fullBucket, isFull, take, type Rate, type TokenBucket } from './core/rate-limit.js';

export class RateLimited extends Refusal {
  constructor(readonly retryAfterSeconds: number) {
    super('rate_limited', `too many calls with one credential; try again in ${retryAfterSeconds} s`);
  }
}

/** Buckets of tokens by credential. Those that are full again are forgotten when there are many: a new one is as good. */
export class RateLimits {
  private readonly buckets = new Map<string, TokenBucket>();

  constructor(
    private readonly now: () => number = () => performance.now(),
    private readonly capacity = 10_000,
  ) {}

  /** @throws RateLimited */
  take(who: string, rate: Rate): void {
    const nowMs = this.now();
    const taken = take(rate, this.buckets.get(who) ?? fullBucket(rate, nowMs), { nowMs });
    if (!this.buckets.has(who)) this.makeRoom(rate, nowMs);
    this.buckets.set(who, taken.bucket);
    if (taken.type === 'taken') return;
    throw new RateLimited(Math.max(1, Math.ceil(taken.retryAfterMs / 1000)));
  }

  private makeRoom(rate: Rate, nowMs: number): void {
    if (this.buckets.size < this.capacity) return;
    for (const [who, bucket] of this.buckets) if (isFull(rate, bucket, nowMs)) this.buckets.delete(who);
    const [oldest] = this.buckets.keys();
    if (this.buckets.size >= this.capacity && oldest !== undefined) this.buckets.delete(oldest);
  }
}
