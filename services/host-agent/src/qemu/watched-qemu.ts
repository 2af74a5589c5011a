import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessEnd, SpawnedProcess } from '@virtbus/libc';
import type { Monitor } from '@virtbus/qmp';
import { stillRuns } from './identity.js';
import { lastWords } from './log.js';
import { readStat } from './proc.js';
import type { DestroyOutcome, DestroyWaits, Identity, QemuEnd, QemuProcess, RunningQemu, ShutdownCause } from './qemu.js';

/** libvirt waits as long between SIGTERM and SIGKILL. */
const TERM_MS = 10_000;
const KILL_MS = 5_000;
/** A process that has closed its monitor is on its way out: looked at often first, then once a second. */
const FIRST_LOOK_MS = 2;
const IDLE_LOOK_MS = 1000;
/** Between a child's exit and the end of its monitor's stream, in which its last events come. */
const LAST_EVENTS_MS = 1000;

export interface Watch {
  readonly identity: Identity;
  readonly logFile: string;
  /** Absent for a process that could not be spoken to. */
  readonly monitor?: Monitor;
  /** Present when this agent started the process. */
  readonly child?: SpawnedProcess;
}

/**
 * One QEMU process, watched to its end. A child's end is told by the system; that of an adopted process shows as its monitor closing,
 * since a process can neither end with an open socket nor, while it lives, lose it unseen. Without a monitor /proc is looked at once a second.
 */
export class WatchedQemu implements QemuProcess {
  readonly pid: number;
  readonly startTime: number;
  readonly uuid: string;
  readonly ended: Promise<QemuEnd>;
  readonly #watch: Watch;
  #isReleased = false;
  /** Aborted to have the process looked at now. */
  #nudge = new AbortController();
  #hasEnded = false;
  #shutdown: ShutdownCause | undefined;
  #destroyed = false;
  #destroying: Promise<DestroyOutcome> | undefined;

  constructor(watch: Watch) {
    this.#watch = watch;
    ({ pid: this.pid, startTime: this.startTime, uuid: this.uuid } = watch.identity);
    this.#listen(watch.monitor);
    this.ended = this.#untilEnd();
  }

  destroy(waits: DestroyWaits = {}): Promise<DestroyOutcome> {
    this.#destroying ??= this.#destroy(waits).finally(() => (this.#destroying = undefined));
    return this.#destroying;
  }

  terminate(): void {
    this.#signal('SIGTERM');
  }

  release(): void {
    this.#isReleased = true;
    this.#nudge.abort();
    this.#watch.monitor?.close();
  }

  /** The first cause counts: letting go of a guest that has powered off makes QEMU announce a second one. A guest that runs again was reset. */
  #listen(monitor: Monitor | undefined): void {
    monitor?.on('SHUTDOWN', ({ data: { guest, reason } }) => (this.#shutdown ??= { guest, reason }));
    monitor?.on('RESUME', () => (this.#shutdown = undefined));
  }

  async #untilEnd(): Promise<QemuEnd> {
    const exit = await (this.#watch.child?.ended ?? this.#untilGone());
    if (this.#isReleased) return new Promise(() => undefined);
    this.#hasEnded = true;
    await Promise.race([this.#watch.monitor?.closed, sleep(LAST_EVENTS_MS, undefined, { ref: false })]);
    const words = await lastWords(this.#watch.logFile);
    return { ...(this.#shutdown && { shutdown: this.#shutdown }), destroyed: this.#destroyed, ...exit, lastWords: words };
  }

  async #untilGone(): Promise<ProcessEnd> {
    await this.#watch.monitor?.closed;
    let pauseMs = this.#watch.monitor ? FIRST_LOOK_MS : IDLE_LOOK_MS;
    while (!this.#isReleased && stillRuns(this.#watch.identity)) {
      await sleep(pauseMs, undefined, { signal: this.#nudge.signal, ref: false }).catch(() => undefined);
      pauseMs = this.#nudge.signal.aborted ? FIRST_LOOK_MS : Math.min(pauseMs * 2, IDLE_LOOK_MS);
      if (this.#nudge.signal.aborted) this.#nudge = new AbortController();
    }
    return {};
  }

  async #destroy({ termMs = TERM_MS, killMs = KILL_MS }: DestroyWaits): Promise<DestroyOutcome> {
    this.#destroyed = true;
    if (termMs > 0) this.#signal('SIGTERM');
    const end = await this.#endWithin(termMs);
    if (end) return { type: 'ended', end, forced: false };
    this.#signal('SIGKILL');
    const forcedEnd = await this.#endWithin(killMs);
    return forcedEnd ? { type: 'ended', end: forcedEnd, forced: true } : { type: 'stuck', state: readStat(this.pid)?.state ?? '' };
  }

  async #endWithin(waitMs: number): Promise<QemuEnd | undefined> {
    this.#nudge.abort();
    const waiting = new AbortController();
    const late = sleep(waitMs, undefined, { signal: waiting.signal }).catch(() => undefined);
    const end = await Promise.race([this.ended, late]);
    waiting.abort();
    return end;
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#hasEnded || !stillRuns(this.#watch.identity)) return;
    try {
      process.kill(this.pid, signal);
    } catch (error) {
      // It may end between the look and the signal.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

export class MonitoredQemu extends WatchedQemu implements RunningQemu {
  readonly monitor: Monitor;

  constructor(watch: Watch & { readonly monitor: Monitor }) {
    super(watch);
    this.monitor = watch.monitor;
  }
}
