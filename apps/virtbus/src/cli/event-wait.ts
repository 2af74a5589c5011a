import type { Context } from './context.js';
import { failed } from './failure.js';

export interface EventWaitOptions {
  /** End after the first event. */
  readonly once: boolean;
  readonly timeoutSeconds: number | undefined;
}

/** Prints events as they come, until one has come, the time is over or Ctrl-C. */
export class EventWait {
  private received = 0;
  private end: (why: string | undefined) => void = () => undefined;
  private readonly ended: Promise<string | undefined> = new Promise((resolve) => {
    this.end = resolve;
  });

  constructor(
    private readonly context: Context,
    private readonly options: EventWaitOptions,
  ) {}

  /** @returns the exit status: 1 when nothing was received. @throws Failure */
  async run(listen: () => Promise<void>): Promise<number> {
    const stopListening = this.context.surroundings.onInterrupt(() => this.end('event loop interrupted'));
    const timer = this.startTimer();
    try {
      await listen();
      this.sumUp(await this.ended);
    } catch (error) {
      throw failed(undefined, error);
    } finally {
      stopListening();
      clearTimeout(timer);
    }
    return this.received > 0 ? 0 : 1;
  }

  /** An event: as a document, and in words. */
  tell(json: object, words: () => string): void {
    const { once } = this.options;
    if (once && this.received > 0) return;
    this.received += 1;
    this.print(this.context.globals.json ? JSON.stringify(json) : words());
    if (once) this.end(undefined);
  }

  private startTimer(): NodeJS.Timeout | undefined {
    const { timeoutSeconds } = this.options;
    return timeoutSeconds === undefined ? undefined : setTimeout(() => this.end('event loop timed out'), timeoutSeconds * 1_000);
  }

  private sumUp(why: string | undefined): void {
    if (this.context.globals.json) return;
    if (why !== undefined) this.print(why);
    this.print(`events received: ${this.received}`);
  }

  private print(text: string): void {
    this.context.surroundings.stdout.write(`${text}\n`);
  }
}
