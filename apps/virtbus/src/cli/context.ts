import { Failure, failed } from './failure.js';
import type { Answer, Fleet, Order, OrderPayload, Question, QuestionPayload, Result } from './fleet.js';
import type { Globals } from './core/global-options.js';
import { showProgress } from './progress.js';
import type { Surroundings } from './surroundings.js';

/** @throws FleetError */
export type Connect = (url: string | undefined, surroundings: Surroundings, connectMs: number) => Promise<Fleet>;

/** As a shell counts a program that Ctrl-C has ended. */
export const INTERRUPTED_STATUS = 130;

/** What a command works with. The fleet is not connected before it is asked for. */
export class Context {
  private connected: Promise<Fleet> | undefined;

  constructor(
    readonly command: string,
    readonly globals: Globals,
    readonly surroundings: Surroundings,
    private readonly connect: Connect,
  ) {}

  /** @throws Failure */
  async fleet(): Promise<Fleet> {
    this.connected ??= this.connect(this.globals.url, this.surroundings, this.globals.connectSeconds * 1_000);
    try {
      return await this.connected;
    } catch (error) {
      throw failed('failed to connect to the fleet', error);
    }
  }

  /** @throws Failure, FleetError */
  async ask<N extends Question>(name: N, payload: QuestionPayload<N>): Promise<Answer<N>> {
    const fleet = await this.fleet();
    return fleet.ask(name, payload);
  }

  /**
   * Sends a command and waits for its outcome, showing on a terminal that it waits. Ctrl-C ends the waiting, not the command.
   * @throws Failure, FleetError
   */
  async order<N extends Order>(name: N, payload: OrderPayload<N>): Promise<Result<N>> {
    const fleet = await this.fleet();
    let commandId: string | undefined;
    const interrupted = untilInterrupted(this.surroundings, () => interruption(commandId));
    const hideProgress = this.globals.json || this.globals.quiet ? () => undefined : showProgress(this.surroundings.stderr, this.command);
    const options = { timeoutMs: this.globals.waitSeconds * 1_000, onSent: (id: string) => void (commandId = id) };
    try {
      return await Promise.race([fleet.run(name, payload, options), interrupted.promise]);
    } finally {
      interrupted.stop();
      hideProgress();
    }
  }

  async close(): Promise<void> {
    if (!this.connected) return;
    const fleet = await this.connected.catch(() => undefined);
    await fleet?.close();
  }
}

interface Interruptible {
  readonly promise: Promise<never>;
  readonly stop: () => void;
}

function untilInterrupted(surroundings: Surroundings, failure: () => Failure): Interruptible {
  const stops: (() => void)[] = [];
  const promise = new Promise<never>((_, reject) => {
    stops.push(surroundings.onInterrupt(() => reject(failure())));
  });
  return { promise, stop: () => stops.forEach((stop) => stop()) };
}

function interruption(commandId: string | undefined): Failure {
  const rest = commandId === undefined ? 'nothing was sent' : `the command goes on without its sender; its id is ${commandId}`;
  return new Failure(['Interrupted', rest], 'interrupted', commandId === undefined ? {} : { commandId }, INTERRUPTED_STATUS);
}
