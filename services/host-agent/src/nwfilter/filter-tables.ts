import type { PortFilter } from '../core/nwfilter/compile-filter.js';
import {
  filterPrefix,
  filterRemovalText,
  filterText,
  filterTable,
  isQuotableLink,
  noNames,
  type FilterNames,
} from '../core/nwfilter/filter-text.js';
import { runCommand } from '../links/command.js';
import { LinkError, stepAsync } from '../links/link-error.js';
import { SerialQueues } from '../serial.js';
import { readNftTable, type NftTable } from './nft-table.js';

const timeoutMs = 10_000;

interface Worn {
  readonly filter: PortFilter;
  readonly text: string;
  readonly names: FilterNames;
}

/**
 * The rules of interfaces in nftables. Each change is one transaction: all of an interface's rules, or none of them. Failures are
 * `LinkError` firewall_failed; what was there before then still is.
 */
export class FilterTables {
  private readonly worn = new Map<string, Worn>();
  private readonly queues = new SerialQueues();

  constructor(private readonly netns: string | undefined) {}

  /** Replaces the rules of a link. */
  apply(link: string, filter: PortFilter): Promise<void> {
    return this.queues.run('nft', async () => {
      if (!isQuotableLink(link))
        throw new LinkError('name_invalid', `cannot filter the frames of ${JSON.stringify(link)}: no rule can name it`);
      const doing = `filter the frames of ${link}`;
      const { text, names } = await this.transaction(doing, link, (before) => filterText(link, filter, before));
      this.worn.set(link, { filter, text, names });
    });
  }

  /** Takes all rules of a link away; it may be gone, and need not have had any. */
  remove(link: string): Promise<void> {
    return this.queues.run('nft', async () => {
      if (!isQuotableLink(link)) return;
      const doing = `stop filtering the frames of ${link}`;
      await this.transaction(doing, link, (before) => ({ text: filterRemovalText(link, before), names: noNames }));
      this.worn.delete(link);
    });
  }

  /** Whether the kernel has other rules for a link than these: counted, not compared word by word. */
  async differs(link: string, filter: PortFilter): Promise<boolean> {
    return isOtherwise(link, filterText(link, filter), await readNftTable(this.netns));
  }

  /** Puts right what others have changed. Answers the links. */
  async mend(): Promise<readonly string[]> {
    if (this.worn.size === 0) return [];
    const table = await readNftTable(this.netns);
    const damaged = [...this.worn].filter(([link, worn]) => isOtherwise(link, worn, table));
    for (const [link, { filter }] of damaged) if (this.worn.has(link)) await this.apply(link, filter);
    return damaged.map(([link]) => link);
  }

  /** What is known of an earlier filter may be wrong by now: then the kernel is asked, and it is done once more. */
  private async transaction(
    doing: string,
    link: string,
    make: (before: FilterNames) => { readonly text: string; readonly names: FilterNames },
  ): Promise<{ readonly text: string; readonly names: FilterNames }> {
    const known = this.worn.get(link)?.names;
    const first = make(known ?? (await this.namesInKernel(link)));
    const end = await this.run(doing, first.text);
    if (end.status === 0) return first;
    const again = make(await this.namesInKernel(link));
    const last = again.text === first.text ? end : await this.run(doing, again.text);
    if (last.status !== 0) throw new LinkError('firewall_failed', `cannot ${doing}: nft ended with ${last.status}: ${last.said}`);
    return again;
  }

  private run(doing: string, input: string): ReturnType<typeof runCommand> {
    const { netns } = this;
    return stepAsync(doing, () => runCommand({ netns, program: 'nft', args: ['-f', '-'], input, timeoutMs }));
  }

  private async namesInKernel(link: string): Promise<FilterNames> {
    const { chains, sets } = await readNftTable(this.netns);
    const isOwn = (name: string): boolean => name.startsWith(filterPrefix(link));
    return { chains: [...chains.keys()].filter(isOwn), sets: [...sets].filter(isOwn) };
  }
}

function isOtherwise(link: string, { text, names }: Pick<Worn, 'text' | 'names'>, { chains, sets, elements }: NftTable): boolean {
  const wanted = new Map<string, number>(names.chains.map((chain) => [chain, 0]));
  for (const [, chain = ''] of text.matchAll(new RegExp(`^add rule bridge ${filterTable} (\\S+) `, 'gm'))) {
    wanted.set(chain, (wanted.get(chain) ?? 0) + 1);
  }
  const mapped = [...text.matchAll(new RegExp(`^add element bridge ${filterTable} (\\S+) `, 'gm'))].map(([, map = '']) => map);
  return (
    [...wanted].some(([chain, rules]) => chains.get(chain) !== rules) ||
    names.sets.some((set) => !sets.has(set)) ||
    mapped.some((map) => elements.get(map)?.has(link) !== true)
  );
}
