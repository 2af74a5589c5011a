import { Refusal } from '@virtbus/contracts';
import type { Bus } from '../bus.js';
import type { Subscription } from '../subscription.js';
import type { ByteMessage, Say } from './piece.js';

/** One end of a session: the one that sends, or the one that takes. */
export interface SessionEnd {
  /** Where a new session has to begin. */
  readonly at: number;
  heard(message: ByteMessage): void;
  goOn(say: Say): void;
  /** Says something that the other end answers, or that shows it that this one is there. */
  poke(): void;
  fail(cause: unknown): void;
}

/** Opens a session that begins there. @returns its subject. @throws Refusal */
export type Opening = (offset: number) => Promise<string>;

/** What a live host-agent answers several times within this. Milliseconds. */
const STALLED_MS = 5_000;
const POKE_MS = 1_000;
/** A host-agent that is started again is back within this. Milliseconds. */
const GIVE_UP_MS = 30_000;

const mayPass = (thrown: unknown): boolean =>
  thrown instanceof Refusal && ['host_unreachable', 'service_unreachable', 'no_host'].includes(thrown.code);

const NOTHING = new Uint8Array();

/**
 * A user's end of a session, kept for as long as the bytes need: when the host-agent has died, or its connection, a new session goes on
 * where the old one was. Without one within 30 s the end fails.
 */
export class SessionLink {
  private subscription: Subscription | undefined;
  private heardAt = performance.now();
  private readonly timer: NodeJS.Timeout;
  private reopening = false;
  private closed = false;
  private isLost = false;
  private say: Say = () => undefined;

  private constructor(
    private readonly bus: Bus,
    private readonly open: Opening,
    private readonly end: SessionEnd,
  ) {
    this.timer = setInterval(() => void this.watch(), POKE_MS);
    void bus.closed.then(() => this.lost());
  }

  /** @throws Refusal as the host refuses to open one */
  static async join(bus: Bus, open: Opening, end: SessionEnd): Promise<SessionLink> {
    const link = new SessionLink(bus, open, end);
    try {
      await link.begin();
      return link;
    } catch (thrown) {
      await link.close();
      throw thrown;
    }
  }

  /** Ends it here, with a last word to the host. */
  async close(word?: (say: Say) => void): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.timer);
    word?.(this.say);
    await this.subscription?.close();
  }

  /** The connection is closed for good. */
  private lost(): void {
    this.isLost = true;
    if (!this.closed) this.end.fail(new Refusal('service_unreachable', 'the connection to nats-server was closed'));
    void this.close();
  }

  private async begin(): Promise<void> {
    const subject = await this.open(this.end.at);
    const subscription = this.bus.subscribeBytes(`${subject}.out`, (message) => {
      this.heardAt = performance.now();
      this.end.heard(message);
    });
    this.subscription = subscription;
    this.heardAt = performance.now();
    this.say = (headers, bytes = NOTHING) => {
      if (!this.isLost) this.bus.publishBytes(`${subject}.in`, bytes, headers);
    };
    this.end.goOn(this.say);
    if (this.closed) await subscription.close();
  }

  private async watch(): Promise<void> {
    if (this.reopening) return;
    if (performance.now() - this.heardAt < STALLED_MS) return this.end.poke();
    this.reopening = true;
    try {
      await this.again();
    } catch (thrown) {
      this.end.fail(thrown);
    } finally {
      this.reopening = false;
    }
  }

  /** @throws what will not pass, or has not for too long */
  private async again(): Promise<void> {
    const silentSince = this.heardAt;
    await this.subscription?.close();
    for (;;) {
      try {
        return await this.begin();
      } catch (thrown) {
        if (this.closed) return;
        if (!mayPass(thrown) || performance.now() - silentSince > GIVE_UP_MS) throw thrown;
      }
      await new Promise((resolve) => setTimeout(resolve, POKE_MS));
    }
  }
}
