import { PortTaken, startNatsServer, type Log, type RunningNatsServer } from '@virtbus/messaging';

const USUAL_PORT = 4222;
const RESTART_PAUSE_MS = 200;

/** A child nats-server that is started again, on the same port and the same store, whenever it ends. */
export class KeptServer {
  private stopping = false;

  private constructor(
    private readonly directory: string,
    private readonly log: Log,
    private current: RunningNatsServer,
  ) {
    void this.keep();
  }

  /** On the usual port, so that nobody need be told, and on any when somebody has it: fleets that start at once all find one. */
  static async start(directory: string, log: Log, usual: number = USUAL_PORT): Promise<KeptServer> {
    const server = await startNatsServer({ directory, port: usual, log }).catch((error: unknown) => {
      if (!(error instanceof PortTaken)) throw error;
      return startNatsServer({ directory, log });
    });
    return new KeptServer(directory, log, server);
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
