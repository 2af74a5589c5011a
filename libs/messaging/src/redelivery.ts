/**
 * How often a message is delivered, and when it may no longer be begun. The server only counts; the judgement is here, before
 * the handler is called, so that a message which kills its process each time is put aside by the next one.
 */

/** Then it is a dead letter. */
export const MAX_DELIVERIES = 6;

const BACK_OFF_MS = [100, 500, 2_000, 5_000, 10_000] as const;

/** @param count the delivery that failed: 1 is the first. */
export const nextDeliveryMs = (count: number): number => BACK_OFF_MS[Math.min(count, BACK_OFF_MS.length) - 1] ?? BACK_OFF_MS[0];

/**
 * A command that was delivered before may have been begun: a process that was restarted at once ends its work even after the
 * deadline. One that comes back after hours must not.
 */
export const BEGUN_GRACE_MS = 5 * 60_000;

interface Due {
  readonly deadline: Date;
  readonly deliveryCount: number;
  readonly now: Date;
}

export const isTooLate = ({ deadline, deliveryCount, now }: Due): boolean =>
  now.getTime() > deadline.getTime() + (deliveryCount > 1 ? BEGUN_GRACE_MS : 0);

/** True when every delivery so far has ended without a word: each handler's process has died. */
export const isExhausted = (count: number): boolean => count > MAX_DELIVERIES;

/** True when a failure of this delivery is not followed by another one. */
export const isLast = (count: number): boolean => count >= MAX_DELIVERIES;
