/** QEMU processes in memory, for tests of what runs them: a monitor that answers at once, and an end that the test decides. */
import type { Monitor, QmpEvent, RunState } from '@virtbus/qmp';
import type { AdoptRequest, Adoption, DestroyOutcome, LaunchRequest, Qemus, QemuEnd, RunningQemu } from './qemu/qemu.js';

type Listener = (event: QmpEvent) => unknown;

export class FakeQemu {
  readonly executed: string[] = [];
  readonly ended: Promise<QemuEnd>;
  /** Call it to lose the monitor while the process goes on. */
  loseMonitor: () => void = () => undefined;
  private readonly closed = new Promise<void>((resolve) => (this.loseMonitor = resolve));
  private readonly listeners: Listener[] = [];
  private settle: (end: QemuEnd) => void = () => undefined;
  private shutdown: QemuEnd['shutdown'];
  private over = false;
  private destroyed = false;

  constructor(
    readonly uuid: string,
    readonly pid: number,
    public runState: RunState = 'prelaunch',
  ) {
    this.ended = new Promise((resolve) => (this.settle = resolve));
  }

  /** A handle on it, as `launch` and `adopt` give one: once released it hears and tells nothing any more. */
  asRunning(): RunningQemu {
    let released = false;
    const hear = (listener: Listener) => this.listeners.push((event) => released || listener(event));
    const monitor = {
      closed: this.closed,
      execute: (command: string) => this.execute(command),
      onEvent: hear,
      on: (name: string, listener: Listener) => hear((event) => event.event === name && listener(event)),
    };
    return {
      pid: this.pid,
      startTime: 7,
      uuid: this.uuid,
      ended: this.ended.then((end) => (released ? new Promise<QemuEnd>(() => undefined) : end)),
      monitor: monitor as unknown as Monitor,
      destroy: () => this.destroy(),
      terminate: () => this.end(),
      release: () => void (released = true),
    };
  }

  tell(event: string, data: Readonly<Record<string, unknown>> = {}): void {
    if (event === 'SHUTDOWN') this.shutdown ??= data as unknown as NonNullable<QemuEnd['shutdown']>;
    for (const listener of this.listeners) listener({ event, data, timestamp: { seconds: 0, microseconds: 0 } });
  }

  /** The process is gone; without a SHUTDOWN before, it has crashed. */
  end(): void {
    if (this.over) return;
    this.over = true;
    this.settle({ destroyed: this.destroyed, lastWords: '', ...(this.shutdown ? { shutdown: this.shutdown } : {}) });
  }

  private async destroy(): Promise<DestroyOutcome> {
    this.destroyed = !this.over;
    if (!this.over) this.tell('SHUTDOWN', { guest: false, reason: 'host-signal' });
    this.end();
    return { type: 'ended', end: await this.ended, forced: false };
  }

  private async execute(command: string): Promise<unknown> {
    this.executed.push(command);
    if (command === 'stop') this.become('paused', 'STOP');
    if (command === 'cont') this.become('running', 'RESUME');
    return command === 'query-status' ? { status: this.runState, running: this.runState === 'running' } : {};
  }

  private become(state: RunState, event: string): void {
    this.runState = state;
    this.tell(event);
  }
}

export class FakeQemus implements Qemus {
  readonly running = new Map<string, FakeQemu>();
  readonly launched: LaunchRequest[] = [];
  /** What the next launch fails with. */
  failure: Error | undefined;
  private nextPid = 100;

  async launch(request: LaunchRequest): Promise<RunningQemu> {
    this.launched.push(request);
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure;
    return this.make(request.uuid).asRunning();
  }

  /** A guest that is found when it is looked for. */
  make(uuid: string, runState?: RunState): FakeQemu {
    const qemu = new FakeQemu(uuid, (this.nextPid += 1), runState);
    this.running.set(uuid, qemu);
    void qemu.ended.then(() => this.running.delete(uuid));
    return qemu;
  }

  async adopt({ uuid }: AdoptRequest): Promise<Adoption> {
    const qemu = this.running.get(uuid);
    if (!qemu) return { type: 'gone', reason: 'no_process', lastWords: '' };
    return { type: 'adopted', qemu: qemu.asRunning(), status: qemu.runState };
  }
}
