/** Ids that are good for one use, each remembered until it would be refused anyway. */
export class UsedIds {
  private readonly expiries = new Map<string, number>();

  constructor(private readonly capacity = 100_000) {}

  /** @returns false when the id was used before, or when there is no room to remember it. `now` and `expiresAt` on the same clock. */
  use(id: string, expiresAt: number, now: number): boolean {
    if ((this.expiries.get(id) ?? Number.NEGATIVE_INFINITY) > now) return false;
    if (this.expiries.size >= this.capacity) this.forget(now);
    if (this.expiries.size >= this.capacity) return false;
    this.expiries.set(id, expiresAt);
    return true;
  }

  private forget(now: number): void {
    for (const [id, expiresAt] of this.expiries) if (expiresAt <= now) this.expiries.delete(id);
  }
}
