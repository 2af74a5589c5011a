import { NftGeneration } from '@virtbus/netlink';
import type { Firewall } from './firewall.js';
import { step } from './link-error.js';
import type { Log } from './links.js';

/**
 * Looks, every now and then, whether somebody has changed the packet filters of this host's networks, and puts them right. A look costs
 * one request to the kernel; only when anything at all has changed in nftables are the tables listed.
 */
export class FirewallGuard {
  private readonly generation: NftGeneration;
  private readonly timer: NodeJS.Timeout;
  private seen: number | undefined;
  private looking: Promise<void> = Promise.resolve();

  constructor(
    private readonly firewall: Firewall,
    private readonly log: Log,
    options: { readonly netns: string | undefined; readonly everyMs: number },
  ) {
    this.generation = step('open a netlink socket', () => new NftGeneration(options.netns));
    this.timer = setInterval(() => void this.look(), options.everyMs);
    this.timer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
    this.generation.close();
  }

  /** One look at a time: a slow one is not joined by the next. */
  private look(): Promise<void> {
    this.looking = this.looking.then(() => this.compare()).catch((error: unknown) => this.log('warn', `packet filters: ${String(error)}`));
    return this.looking;
  }

  private async compare(): Promise<void> {
    const now = this.generation.read();
    if (now !== undefined && now === this.seen) return;
    for (const table of await this.firewall.mend()) {
      this.log('warn', `the packet filter ${table} was changed by somebody else, and is again as it was`);
    }
    // What has changed since it was read is seen at the next look.
    this.seen = now;
  }
}
