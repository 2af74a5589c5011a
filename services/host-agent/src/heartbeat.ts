import type { HostDevices, HostFacts } from '@virtbus/contracts';
import { BEAT_MS, Overtaken, type HostRecord } from './host-record.js';
import type { HostLog } from './ports.js';

/** Kept for the host itself: its kernel, this agent, and what QEMU needs beside the guests' memory. */
const RESERVED_MIB = 512;

export const memoryForGuestsMiB = (totalBytes: number): number => Math.max(0, Math.floor(totalBytes / 2 ** 20) - RESERVED_MIB);

export interface Beating {
  readonly record: Pick<HostRecord, 'write'>;
  readonly facts: Omit<HostFacts, 'beat' | 'devices'>;
  /** What may change while the host runs. */
  readonly devices: () => HostDevices;
  readonly isConnected: () => boolean;
  /** The bus has lost what this host has told. */
  readonly onLost: () => void;
  /** Nothing more is said. */
  readonly onOvertaken: (error: Overtaken) => void;
  readonly log: HostLog;
}

/** Writes the host's facts again and again: that it does is the news. */
export class Heartbeat {
  private timer: NodeJS.Timeout | undefined;
  private beat = 0;
  private writing: Promise<void> | undefined;
  private again = false;
  private overtaken = false;

  constructor(private readonly need: Beating) {}

  /** Answers once the first beat is on record. @throws Overtaken */
  async start(): Promise<void> {
    await this.write();
    this.timer = setInterval(() => this.now(), BEAT_MS);
  }

  /** Says good-bye: whoever reads the facts need not wait for the silence. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.again = false;
    await this.writing;
    if (this.overtaken || !this.need.isConnected()) return;
    await this.write({ leftAt: new Date().toISOString() }).catch((error: unknown) =>
      this.need.log.warn(`nobody heard the good-bye: ${String(error)}`),
    );
  }

  /** At once instead of with the next beat: something has changed that others decide by. While one is written, the next follows it. */
  now(): void {
    if (this.writing) {
      this.again = true;
      return;
    }
    this.writing = this.write()
      .catch((error: unknown) => this.missed(error))
      .finally(() => {
        this.writing = undefined;
        if (!this.again) return;
        this.again = false;
        this.now();
      });
  }

  private missed(error: unknown): void {
    if (!(error instanceof Overtaken)) return this.need.log.warn(`a heartbeat was lost: ${String(error)}`);
    this.overtaken = true;
    this.again = false;
    clearInterval(this.timer);
    this.need.onOvertaken(error);
  }

  private async write(more: Pick<HostFacts, 'leftAt'> = {}): Promise<void> {
    const { record, facts, devices } = this.need;
    const answer = await record.write({ ...facts, ...more, devices: devices(), beat: this.beat });
    this.beat += 1;
    if (answer === 'lost') this.need.onLost();
  }
}
