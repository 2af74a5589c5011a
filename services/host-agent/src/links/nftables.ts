import { NftGeneration } from '@virtbus/netlink';
import { SerialQueues } from '../serial.js';
import { runCommand, type CommandEnd } from './command.js';
import { stepAsync } from './link-error.js';

/** Looks at what it has made, and puts right what others have changed. Answers what that was, a sentence each. */
export type Mender = () => Promise<readonly string[]>;

/** nft takes milliseconds; it hangs only when the kernel does. */
const timeoutMs = 10_000;

/**
 * The one hand that this process has in the nftables of a network namespace. The kernel counts transactions: whether anybody else has
 * changed anything since is known for the price of one small request, and only then are tables, which may be long, listed and compared.
 */
export class Nftables {
  private readonly queues = new SerialQueues();
  private readonly menders: Mender[] = [];
  private generation: NftGeneration | undefined;
  /** Our own transactions. */
  private own = 0;
  /** Of others, when all was looked at last. */
  private known: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();

  constructor(private readonly netns: string | undefined) {}

  /** One transaction: all of the text, or nothing of it. @throws SystemError when the namespace does not exist */
  change(doing: string, text: string): Promise<CommandEnd> {
    return this.queues.run('nft', async () => {
      const before = this.read() ?? 0;
      const end = await this.run(doing, ['-f', '-'], { input: text });
      if (end.status === 0 && (this.read() ?? 0) > before) this.own += 1;
      return end;
    });
  }

  /** A number that only transactions of others change. Undefined where the kernel does not count. */
  foreign(): Promise<number | undefined> {
    return this.queues.run('nft', async () => {
      const all = this.read();
      return all === undefined ? undefined : all - this.own;
    });
  }

  /** What nft says to a command that changes nothing. */
  list(doing: string, args: readonly string[]): Promise<CommandEnd> {
    return this.run(doing, args, { wantsOutput: true });
  }

  /** Whom to ask when others have changed something. */
  mendBy(mender: Mender): void {
    this.menders.push(mender);
  }

  /** From now on, until `close`, it is looked every so often whether others have changed something. */
  guard(everyMs: number, warn: (words: string) => void): void {
    this.timer ??= setInterval(() => {
      this.looking = this.looking
        .then(() => this.look(warn))
        .catch((error: unknown) => {
          this.known = undefined;
          warn(`packet filters: ${String(error)}`);
        });
    }, everyMs);
    this.timer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
    this.generation?.close();
    this.generation = undefined;
  }

  private async look(warn: (words: string) => void): Promise<void> {
    const now = await this.foreign();
    if (now !== undefined && now === this.known) return;
    // What is changed from here on is seen at the next look.
    this.known = now;
    for (const mender of this.menders) for (const words of await mender()) warn(words);
  }

  private read(): number | undefined {
    this.generation ??= new NftGeneration(this.netns);
    return this.generation.read();
  }

  private run(doing: string, args: readonly string[], more: { input?: string; wantsOutput?: true }): Promise<CommandEnd> {
    const { netns } = this;
    return stepAsync(doing, () => runCommand({ netns, program: 'nft', args, timeoutMs, ...more }));
  }
}
