/**
 * Keeps one process per service running: started again whenever it ends, sooner or later as it has lived. Guests do not belong to
 * these processes; nothing here ever signals a QEMU.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';

export interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A descriptor that its first process has as 3, and then is closed here; the environment that tells it so. Later ones do without. */
  readonly firstHas?: { readonly fd: number; readonly environment: Readonly<Record<string, string>> } | undefined;
}

export type SupervisorLog = (message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** The pause before a program that has just failed is started again, in milliseconds: doubled each time, up to the second number. */
const PAUSE_MS = [100, 5_000] as const;
/** One that has run this long counts as sound again. Milliseconds. */
const SOUND_AFTER_MS = 10_000;
/** How long a program may take to end after SIGTERM. Milliseconds. */
const TERM_WAIT_MS = 15_000;

class Supervised {
  private child: ChildProcess | undefined;
  private timer: NodeJS.Timeout | undefined;
  private pauseMs: number = PAUSE_MS[0];
  private stopping = false;
  restarts = 0;

  constructor(
    readonly program: Program,
    private readonly log: SupervisorLog,
    private readonly output: number | undefined,
  ) {
    const { firstHas } = program;
    this.start(firstHas);
    if (firstHas) closeSync(firstHas.fd);
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
    });
    child.kill('SIGTERM');
    const impatience = setTimeout(() => child.kill('SIGKILL'), TERM_WAIT_MS);
    await ended;
    clearTimeout(impatience);
  }

  private start(having?: Program['firstHas']): void {
    const { command, args, name } = this.program;
    const environment = { ...process.env, ...this.program.environment, ...having?.environment };
    const startedAt = performance.now();
    const to = this.output ?? 'inherit';
    const child = spawn(command, args, { stdio: ['ignore', to, to, ...(having ? [having.fd] : [])], env: environment });
    this.child = child;
    child.once('error', (error) => this.log(`${name} cannot be started`, { error: error.message }));
    child.once('close', (code, signal) => {
      if (this.stopping) return;
      this.log(`${name} ended; it is started again`, { code, signal });
      this.restarts += 1;
      this.pauseMs = performance.now() - startedAt > SOUND_AFTER_MS ? PAUSE_MS[0] : Math.min(this.pauseMs * 2, PAUSE_MS[1]);
      this.timer = setTimeout(() => this.start(), this.pauseMs);
    });
  }
}

export class Supervisor {
  private readonly supervised: Supervised[] = [];

  constructor(
    private readonly log: SupervisorLog,
    /** A file descriptor that the programs write to; this process's own output when absent. */
    private readonly output?: number,
  ) {}

  add(program: Program): void {
    this.supervised.push(new Supervised(program, this.log, this.output));
  }

  /** The process that runs a program now; undefined in the pause between two of its lives. */
  pidOf(name: string): number | undefined {
    return this.supervised.find((each) => each.program.name === name)?.pid;
  }

  restartsOf(name: string): number {
    return this.supervised.find((each) => each.program.name === name)?.restarts ?? 0;
  }

  /** Ends every program, the last one added first. */
  async stop(): Promise<void> {
    for (const each of this.supervised.toReversed()) await each.stop();
  }
}
