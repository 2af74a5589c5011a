import type { Bus } from './bus.js';
import type { Subscription } from './subscription.js';

/** The host ends a session that it hears nothing of for 30 s. */
const ALIVE_EVERY_MS = 10_000;
/** Bytes of one message. */
const MAX_CHUNK = 32 * 1024;
const ALIVE = { 'Virtbus-Alive': '1' };
const NOTHING = new Uint8Array();
/** Well below what a host sends ahead. Bytes. */
const TELL_EVERY = 128 * 1024;

type ByteBus = Pick<Bus, 'publishBytes' | 'subscribeBytes'>;

/** A guest's serial line over the bus: bytes in messages, an empty message is the end. `subject` is what the host answered. */
export class BusConsole {
  private settle: () => void = () => undefined;
  readonly ended: Promise<void> = new Promise((resolve) => {
    this.settle = resolve;
  });
  private listener: ((bytes: Uint8Array) => void) | undefined;
  private readonly subscription: Subscription;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  private passedOn = 0;
  private told = 0;

  private constructor(
    private readonly bus: ByteBus,
    private readonly subject: string,
  ) {
    this.subscription = bus.subscribeBytes(`${subject}.out`, ({ bytes }) => this.receive(bytes));
  }

  /** Nothing that the guest writes from here on is missed: the host keeps it until somebody listens. */
  static async join(bus: ByteBus, subject: string): Promise<BusConsole> {
    const line = new BusConsole(bus, subject);
    await line.subscription.ready;
    return line;
  }

  send(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += MAX_CHUNK) this.bus.publishBytes(`${this.subject}.in`, bytes.subarray(at, at + MAX_CHUNK));
  }

  /** Says how much has been passed on, for a host that waits for that. */
  taken(count: number): void {
    this.passedOn += count;
    if (this.passedOn - this.told < TELL_EVERY) return;
    this.told = this.passedOn;
    this.bus.publishBytes(`${this.subject}.in`, NOTHING, { 'Virtbus-Taken': String(this.passedOn) });
  }

  /** The host sends nothing before it hears from this side, which first says something here. */
  onBytes(listener: (bytes: Uint8Array) => void): void {
    if (this.closed) return;
    this.listener = listener;
    this.timer ??= setInterval(() => this.stayAlive(), ALIVE_EVERY_MS);
    this.stayAlive();
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.timer);
    this.bus.publishBytes(`${this.subject}.in`, NOTHING);
    await this.subscription.close();
    this.settle();
  }

  private stayAlive(): void {
    this.bus.publishBytes(`${this.subject}.in`, NOTHING, ALIVE);
  }

  private receive(bytes: Uint8Array): void {
    if (bytes.length === 0) this.settle();
    else this.listener?.(bytes);
  }
}
