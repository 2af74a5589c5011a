import type { Context } from './context.js';
import { eventTypes, type EventType, type Happened, type Subject } from './core/happened.js';
import { happenedWords, networkHappenedWords, tellingsOf } from './core/happening-words.js';
import { EventWait, type EventWaitOptions } from './event-wait.js';
import { Failure } from './failure.js';

export interface EventLoopOptions extends EventWaitOptions {
  readonly types: readonly EventType[];
  /** What the events are about; domains when absent. */
  readonly kind?: Subject;
  /** Only this domain's or network's events. */
  readonly uuid: string | undefined;
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

/** Prints what happens to domains, or networks. */
export class EventLoop {
  private readonly wait: EventWait;

  constructor(
    private readonly context: Context,
    private readonly options: EventLoopOptions,
  ) {
    this.wait = new EventWait(context, options);
  }

  /** @returns the exit status: 1 when nothing was received */
  async run(): Promise<number> {
    const fleet = await this.context.fleet();
    return this.wait.run(() => fleet.watch((happened) => this.receive(happened), this.options.kind));
  }

  private receive(happened: Happened): void {
    const { types, uuid, timestamp, kind } = this.options;
    if (uuid !== undefined && uuid !== happened.uuid) return;
    const words = kind === 'network' ? networkHappenedWords : happenedWords;
    for (const telling of tellingsOf(happened)) {
      if (!types.includes(telling.type)) continue;
      this.wait.tell({ event: telling.type, ...happened }, () => words(happened, telling, timestamp));
    }
  }
}
