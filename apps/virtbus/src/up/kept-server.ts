import { startNatsServer, type Log, type RunningNatsServer } from '@virtbus/messaging';
import { freePort } from './usual-address.js';

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

  static async start(directory: string, log: Log): Promise<KeptServer> {
    const server = await startNatsServer({ directory, port: await freePort(USUAL_PORT), log });
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
