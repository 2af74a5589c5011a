/** How often something may be told. */
export interface Allowance {
  readonly perSecond: number;
  /** So much at once after a silence. */
  readonly burst: number;
}

/** What is left of an allowance. */
export interface Purse {
  readonly left: number;
  /** When it was so much. Milliseconds on a clock that never goes back. */
  readonly atMs: number;
}

export const fullPurse = ({ burst }: Allowance, nowMs: number): Purse => ({ left: burst, atMs: nowMs });

export const refilled = ({ perSecond, burst }: Allowance, { left, atMs }: Purse, nowMs: number): Purse => ({
  left: Math.min(burst, left + (Math.max(0, nowMs - atMs) / 1000) * perSecond),
  atMs: Math.max(nowMs, atMs),
});

export const canSpend = ({ left }: Purse): boolean => left >= 1;
export const spent = ({ left, atMs }: Purse): Purse => ({ left: left - 1, atMs });
