import type { FirewallPlan } from '../core/link-plan.js';
import { nftRules, removalRules } from '../core/nft-rules.js';
import { tunnelRules, tunnelRulesRemoval } from '../core/tunnel-rules.js';
import { runCommand } from './command.js';
import { LinkError, stepAsync } from './link-error.js';

/** nft takes milliseconds; it hangs only when the kernel does. */
const timeoutMs = 10_000;

/** The nftables tables of networks. Each call is one transaction: all rules of a network change at once, or none. */
export class Firewall {
  /** Links whose tunnel rules this process has made. */
  private readonly tunnels = new Set<string>();

  constructor(private readonly netns: string | undefined) {}

  async ensure(plan: FirewallPlan): Promise<void> {
    const rules = nftRules(plan);
    if (rules.type === 'refused') throw new LinkError('name_invalid', `cannot filter the packets of a network: ${rules.reason}`);
    await this.apply(`filter the packets of ${plan.bridge}`, rules.text);
  }

  async remove(bridge: string): Promise<void> {
    await this.apply(`remove the packet filter of ${bridge}`, removalRules(bridge));
  }

  /** Costs nothing when this process has done it before. */
  async ensureTunnel(link: string): Promise<void> {
    if (this.tunnels.has(link)) return;
    await this.apply(`filter what passes ${link}`, tunnelRules(link));
    this.tunnels.add(link);
  }

  async removeTunnel(link: string): Promise<void> {
    this.tunnels.delete(link);
    await this.apply(`remove the packet filter of ${link}`, tunnelRulesRemoval(link));
  }

  private async apply(doing: string, text: string): Promise<void> {
    const { netns } = this;
    const end = await stepAsync(doing, () => runCommand({ netns, program: 'nft', args: ['-f', '-'], input: text, timeoutMs }));
    if (end.status !== 0) throw new LinkError('firewall_failed', `cannot ${doing}: nft ended with ${end.status}: ${end.said}`);
  }
}
