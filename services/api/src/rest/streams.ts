import { Refusal } from '@virtbus/contracts';
import type { Caller, Limits } from '../access/index.js';

/** How many event streams, consoles and screens each credential has open. */
export class Streams {
  private readonly open = new Map<string, number>();

  /** @returns what ends it. @throws Refusal rate_limited */
  enter({ identity: { name } }: Caller, { streams }: Limits): () => void {
    const count = this.open.get(name) ?? 0;
    if (count >= streams) throw new Refusal('rate_limited', `'${name}' has ${count} streams open, as many as it may; close one first`);
    this.open.set(name, count + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const now = this.open.get(name) ?? 1;
      if (now <= 1) this.open.delete(name);
      else this.open.set(name, now - 1);
    };
  }
}
