import type { FirewallPlan } from '../core/link-plan.js';
import { firewallTable, nftRules, removalRules } from '../core/nft-rules.js';
import { tablesIn } from '../core/nft-tables.js';
import { tunnelRules, tunnelRulesRemoval } from '../core/tunnel-rules.js';
import { SerialQueues } from '../serial.js';
import type { CommandEnd } from './command.js';
import { LinkError } from './link-error.js';
import type { Nftables } from './nftables.js';

/** A table that this process has made. */
interface Kept {
  readonly rules: string;
  /** How nft lists it when nobody else has touched it; unknown until it was listed once. */
  listed: string | undefined;
}

/** The nftables tables of networks. Each call is one transaction: all rules of a network change at once, or none. */
export class Firewall {
  private readonly kept = new Map<string, Kept>();
  private readonly queues = new SerialQueues();

  constructor(private readonly nftables: Nftables) {
    nftables.mendBy(async () => {
      const mended = await this.mend();
      return mended.map((table) => `the packet filter ${table} was changed by somebody else, and is again as it was`);
    });
  }

  async ensure(plan: FirewallPlan): Promise<void> {
    const rules = nftRules(plan);
    if (rules.type === 'refused') throw new LinkError('name_invalid', `cannot filter the packets of a network: ${rules.reason}`);
    await this.make(`inet ${firewallTable(plan.bridge)}`, rules.text, `filter the packets of ${plan.bridge}`);
  }

  async remove(bridge: string): Promise<void> {
    await this.unmake(`inet ${firewallTable(bridge)}`, removalRules(bridge), `remove the packet filter of ${bridge}`);
  }

  /** Costs nothing when this process has done it before. */
  async ensureTunnel(link: string): Promise<void> {
    const table = `bridge ${firewallTable(link)}`;
    if (!this.kept.has(table)) await this.make(table, tunnelRules(link), `filter what passes ${link}`);
  }

  async removeTunnel(link: string): Promise<void> {
    await this.unmake(`bridge ${firewallTable(link)}`, tunnelRulesRemoval(link), `remove the packet filter of ${link}`);
  }

  /**
   * Compares the tables with what they were when they had just been made, and makes those anew that somebody has changed or flushed.
   * @returns the tables that were made anew. @throws LinkError firewall_failed
   */
  private mend(): Promise<readonly string[]> {
    return this.queues.run('nft', async () => {
      if (this.kept.size === 0) return [];
      const present = await this.list();
      const wrong = [...this.kept].filter(([table, { listed }]) =>
        listed === undefined ? !present.has(table) : present.get(table) !== listed,
      );
      for (const [table, { rules }] of wrong) await this.apply(`mend ${table}`, rules);
      await this.learn();
      return wrong.map(([table]) => table);
    });
  }

  private async make(table: string, rules: string, doing: string): Promise<void> {
    await this.queues.run('nft', async () => {
      await this.apply(doing, rules);
      const before = this.kept.get(table);
      this.kept.set(table, { rules, listed: before?.rules === rules ? before.listed : undefined });
    });
    // Nobody waits for it: what cannot be listed now is listed at the next look.
    this.queues.run('nft', () => this.learn()).catch(() => undefined);
  }

  /** How nft lists what has just been made. */
  private async learn(): Promise<void> {
    if ([...this.kept.values()].every(({ listed }) => listed !== undefined)) return;
    const present = await this.list();
    for (const [table, each] of this.kept) each.listed ??= present.get(table);
  }

  private unmake(table: string, rules: string, doing: string): Promise<void> {
    return this.queues.run('nft', async () => {
      this.kept.delete(table);
      await this.apply(doing, rules);
    });
  }

  /** Without counters, which change by themselves. */
  private async list(): Promise<ReadonlyMap<string, string>> {
    const doing = 'list the packet filters';
    const { output = '' } = succeeded(doing, await this.nftables.list(doing, ['-s', 'list', 'ruleset']));
    return tablesIn(output);
  }

  private async apply(doing: string, text: string): Promise<void> {
    succeeded(doing, await this.nftables.change(doing, text));
  }
}

function succeeded(doing: string, end: CommandEnd): CommandEnd {
  if (end.status !== 0) throw new LinkError('firewall_failed', `cannot ${doing}: nft ended with ${end.status}: ${end.said}`);
  return end;
}
