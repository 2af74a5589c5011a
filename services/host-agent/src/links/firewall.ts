import type { FirewallPlan } from '../core/link-plan.js';
import { nftRules, removalRules } from '../core/nft-rules.js';
import { runCommand } from './command.js';
import { LinkError, stepAsync } from './link-error.js';

/** nft takes milliseconds; it hangs only when the kernel does. */
const timeoutMs = 10_000;

/** The nftables tables of networks. Each call is one transaction: all rules of a network change at once, or none. */
export class Firewall {
  constructor(private readonly netns: string | undefined) {}

  async ensure(plan: FirewallPlan): Promise<void> {
    const rules = nftRules(plan);
    if (rules.type === 'refused') throw new LinkError('name_invalid', `cannot filter the packets of a network: ${rules.reason}`);
    await this.apply(`filter the packets of ${plan.bridge}`, rules.text);
  }

  async remove(bridge: string): Promise<void> {
    await this.apply(`remove the packet filter of ${bridge}`, removalRules(bridge));
  }

  private async apply(doing: string, text: string): Promise<void> {
    const { netns } = this;
    const end = await stepAsync(doing, () => runCommand({ netns, program: 'nft', args: ['-f', '-'], input: text, timeoutMs }));
    if (end.status !== 0) throw new LinkError('firewall_failed', `cannot ${doing}: nft ended with ${end.status}: ${end.said}`);
  }
}
