import { setTimeout as sleep } from 'node:timers/promises';
import { PortTaken, startNatsServer, type Log, type RunningNatsServer } from '@virtbus/messaging';
import { greets } from './greeting.js';

const USUAL_PORT = 4222;
const RESTART_PAUSE_MS = 200;

export interface Watching {
  readonly everyMs: number;
  /** How often in a row it may be silent for that long. */
  readonly times: number;
}
/** A minute in all: a busy machine is slow. */
const WATCHING: Watching = { everyMs: 5_000, times: 6 };

/**
 * A child nats-server that is started again, on the same port and the same store, whenever it ends. One whose disk was full may hang for
 * ever: it takes connections and says nothing. It is ended, which costs no more than its restart.
 */
export class KeptServer {
  private stopping = false;

  private constructor(
    private readonly directory: string,
    private readonly log: Log,
    private current: RunningNatsServer,
    watching: Watching,
  ) {
    void this.keep();
    void this.watch(watching);
  }

  /** On the usual port, so that nobody need be told, and on any when somebody has it: fleets that start at once all find one. */
  static async start(directory: string, log: Log, { usual = USUAL_PORT, watching = WATCHING } = {}): Promise<KeptServer> {
    const server = await startNatsServer({ directory, port: usual, log }).catch((error: unknown) => {
      if (!(error instanceof PortTaken)) throw error;
      return startNatsServer({ directory, log });
    });
    return new KeptServer(directory, log, server, watching);
  }

  get url(): string {
    return this.current.url;
  }

  get pid(): number {
    return this.current.pid;
  }

  get version(): string {
    return this.current.version;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.current.stop();
  }

  private async keep(): Promise<void> {
    const port = Number(new URL(this.current.url).port);
    for (;;) {
      await this.current.exited;
      if (this.stopping) return;
      this.log.warn('nats-server ended; it is started again on its store');
      await this.again(port);
    }
  }

  private async watch({ everyMs, times }: Watching): Promise<void> {
    let watched = this.current;
    for (let silent = 0; !this.stopping;) {
      await sleep(everyMs, undefined, { ref: false });
      // One that was started meanwhile has been silent for nobody.
      if (watched !== this.current) silent = 0;
      watched = this.current;
      silent = (await greets(watched.url, everyMs)) ? 0 : silent + 1;
      if (silent < times || this.stopping) continue;
      this.log.warn(`nats-server (pid ${watched.pid}) has said nothing for a while; it is ended`);
      watched.kill();
      silent = 0;
    }
  }

  private async again(port: number): Promise<void> {
    while (!this.stopping) {
      try {
        this.current = await startNatsServer({ directory: this.directory, port, log: this.log });
        return;
      } catch (error) {
        this.log.error('nats-server could not be started again', error);
        await new Promise((resolve) => setTimeout(resolve, RESTART_PAUSE_MS));
      }
    }
  }
}
