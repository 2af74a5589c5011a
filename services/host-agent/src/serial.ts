/** One thing after another, per key: what is asked about one domain or network waits for what was asked before. */
export class SerialQueues {
  private readonly tails = new Map<string, Promise<unknown>>();

  /** Runs `act` once everything asked under the key before has ended, well or not. */
  async run<T>(key: string, act: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key) ?? Promise.resolve();
    const mine = before.then(act, act);
    const tail = mine.catch(() => undefined);
    this.tails.set(key, tail);
    try {
      return await mine;
    } finally {
      if (this.tails.get(key) === tail) this.tails.delete(key);
    }
  }
}
