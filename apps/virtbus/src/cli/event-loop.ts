import type { Context } from './context.js';
import { eventTypes, type EventType, type Happened, type Subject } from './core/happened.js';
import { happenedWords, networkHappenedWords, tellingsOf, type Telling } from './core/happening-words.js';
import { Failure, failed } from './failure.js';

export interface EventLoopOptions {
  readonly types: readonly EventType[];
  /** What the events are about; domains when absent. */
  readonly kind?: Subject;
  /** Only this domain's or network's events. */
  readonly uuid: string | undefined;
  /** End after the first event. */
  readonly once: boolean;
  readonly timeoutSeconds: number | undefined;
  readonly timestamp: boolean;
}

const isEventType = (text: string): text is EventType => eventTypes.some((type) => type === text);

/** @throws Failure when no type is named, or one that does not exist */
export function typesWanted(event: string | undefined, all: boolean): readonly EventType[] {
  if (all) return eventTypes;
  if (event === undefined) throw new Failure(['one of --list, --all, or --event <type> is required'], 'usage');
  if (!isEventType(event)) throw new Failure([`unknown event type ${event}`], 'usage');
  return [event];
}

/** Prints events as they come, until one has come, the time is over or Ctrl-C. */
export class EventLoop {
  private received = 0;
  private end: (why: string | undefined) => void = () => undefined;
  private readonly ended: Promise<string | undefined> = new Promise((resolve) => {
    this.end = resolve;
  });

  constructor(
    private readonly context: Context,
    private readonly options: EventLoopOptions,
  ) {}

  /** @returns the exit status: 1 when nothing was received */
  async run(): Promise<number> {
    const fleet = await this.context.fleet();
    const stopListening = this.context.surroundings.onInterrupt(() => this.end('event loop interrupted'));
    const timer = this.startTimer();
    try {
      await fleet.watch((happened) => this.receive(happened), this.options.kind);
      this.sumUp(await this.ended);
    } catch (error) {
      throw failed(undefined, error);
    } finally {
      stopListening();
      clearTimeout(timer);
    }
    return this.received > 0 ? 0 : 1;
  }

  private startTimer(): NodeJS.Timeout | undefined {
    const { timeoutSeconds } = this.options;
    return timeoutSeconds === undefined ? undefined : setTimeout(() => this.end('event loop timed out'), timeoutSeconds * 1_000);
  }

  private receive(happened: Happened): void {
    const { types, uuid } = this.options;
    if (uuid !== undefined && uuid !== happened.uuid) return;
    for (const telling of tellingsOf(happened)) if (types.includes(telling.type)) this.tell(happened, telling);
  }

  private tell(happened: Happened, telling: Telling): void {
    const { once, timestamp } = this.options;
    if (once && this.received > 0) return;
    this.received += 1;
    const words = this.options.kind === 'network' ? networkHappenedWords : happenedWords;
    this.print(this.context.globals.json ? JSON.stringify({ event: telling.type, ...happened }) : words(happened, telling, timestamp));
    if (once) this.end(undefined);
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
