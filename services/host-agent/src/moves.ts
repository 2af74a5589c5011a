import { SerialQueues } from './serial.js';

/** Changes of things that go by their UUIDs: of each one at a time, in order. */
export class Moves {
  private readonly queues = new SerialQueues();
  /** How many changes that were announced are under way or wait for their turn. */
  private readonly announced = new Map<string, number>();

  /** Something waits, or is being done, that others wait for. */
  isAnnounced(uuid: string): boolean {
    return this.announced.has(uuid);
  }

  async announce(uuid: string, act: () => Promise<void>): Promise<void> {
    this.announced.set(uuid, (this.announced.get(uuid) ?? 0) + 1);
    try {
      await this.run(uuid, act);
    } finally {
      const left = (this.announced.get(uuid) ?? 1) - 1;
      if (left === 0) this.announced.delete(uuid);
      else this.announced.set(uuid, left);
    }
  }

  run(uuid: string, act: () => Promise<void>): Promise<void> {
    return this.queues.run(uuid, act);
  }
}
