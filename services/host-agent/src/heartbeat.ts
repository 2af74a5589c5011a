import { hostFacts, type HostDevices, type HostFacts } from '@virtbus/contracts';
import type { Bus } from '@virtbus/messaging';
import type { HostLog } from './ports.js';

/** A third of the time after which a host counts as silent. */
const BEAT_MS = 5_000;
/** Kept for the host itself: its kernel, this agent, and what QEMU needs beside the guests' memory. */
const RESERVED_MIB = 512;

export const memoryForGuestsMiB = (totalBytes: number): number => Math.max(0, Math.floor(totalBytes / 2 ** 20) - RESERVED_MIB);

/** Writes the host's facts again and again: that it does is the news. */
export class Heartbeat {
  private timer: NodeJS.Timeout | undefined;
  private beat = 0;

  constructor(
    private readonly bus: Bus,
    private readonly facts: Omit<HostFacts, 'beat' | 'devices'>,
    /** What may change while the host runs. */
    private readonly devices: () => HostDevices,
    private readonly log: HostLog,
  ) {}

  /** Answers once the first beat is on record. */
  async start(): Promise<void> {
    await this.write();
    this.timer = setInterval(() => this.now(), BEAT_MS);
  }

  /** Says good-bye: whoever reads the facts need not wait for the silence. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    if (!this.bus.connected) return;
    await this.write({ leftAt: new Date().toISOString() }).catch((error: unknown) =>
      this.log.warn(`nobody heard the good-bye: ${String(error)}`),
    );
  }

  /** At once instead of with the next beat: something has changed that others decide by. */
  now(): void {
    void this.write().catch((error: unknown) => this.log.warn(`a heartbeat was lost: ${String(error)}`));
  }

  private async write(more: Pick<HostFacts, 'leftAt'> = {}): Promise<void> {
    const { hostId } = this.facts;
    await this.bus.bucket(hostFacts).put({ hostId }, { ...this.facts, ...more, devices: this.devices(), beat: this.beat });
    this.beat += 1;
  }
}
