import type { PortFilter } from '../core/nwfilter/compile-filter.js';
import {
  filterPrefix,
  filterRemovalText,
  filterTakeOffText,
  filterText,
  filterTable,
  isQuotableLink,
  type FilterNames,
} from '../core/nwfilter/filter-text.js';
import { LinkError } from '../links/link-error.js';
import type { Nftables } from '../links/nftables.js';
import { SerialQueues } from '../serial.js';
import { readNftTable, type NftTable } from './nft-table.js';

interface Worn {
  readonly filter: PortFilter;
  readonly text: string;
  readonly names: FilterNames;
}

/** A listing of the table, which costs the more the more guests there are. */
interface Listing {
  readonly table: NftTable;
  /** What the number of others' changes was. */
  readonly foreign: number | undefined;
  /** Links whose rules have been changed since. */
  readonly stale: Set<string>;
}

/**
 * The rules of interfaces in nftables. Each change is one transaction: all of an interface's rules, or none of them. Failures are
 * `LinkError` firewall_failed; what was there before then still is. What others have is not looked at where it need not be: an interface
 * costs the same beside two hundred.
 */
export class FilterTables {
  private readonly worn = new Map<string, Worn>();
  private readonly queues = new SerialQueues();
  private listing: Listing | undefined;
  /** Whether this process has made the table. */
  private isMade = false;

  constructor(private readonly nftables: Nftables) {
    nftables.mendBy(async () => {
      const mended = await this.mend();
      return mended.map((link) => `the packet filter of ${link} was changed by somebody else, and is again as it was`);
    });
  }

  /** Replaces the rules of a link. */
  apply(link: string, filter: PortFilter): Promise<void> {
    return this.queues.run('nft', async () => {
      if (!isQuotableLink(link))
        throw new LinkError('name_invalid', `cannot filter the frames of ${JSON.stringify(link)}: no rule can name it`);
      const doing = `filter the frames of ${link}`;
      const { text, fresh, names } = filterText(link, filter);
      if (!this.isNew(link) || !(await this.change(doing, link, fresh)))
        await this.whole(doing, link, (before) => filterText(link, filter, before).text);
      this.isMade = true;
      this.worn.set(link, { filter, text, names });
    });
  }

  /** Takes all rules of a link away; it may be gone, and need not have had any. */
  remove(link: string): Promise<void> {
    return this.queues.run('nft', async () => {
      if (!isQuotableLink(link)) return;
      const doing = `stop filtering the frames of ${link}`;
      const worn = this.worn.get(link);
      if (!worn || !(await this.change(doing, link, filterTakeOffText(link, worn.names))))
        await this.whole(doing, link, (before) => filterRemovalText(link, before));
      this.worn.delete(link);
    });
  }

  /** Whether the kernel has other rules for a link than these: counted, not compared word by word. */
  differs(link: string, filter: PortFilter): Promise<boolean> {
    return this.queues.run('nft', async () => isOtherwise(link, filterText(link, filter), await this.table(link)));
  }

  /** Puts right what others have changed. Answers the links. */
  async mend(): Promise<readonly string[]> {
    if (this.worn.size === 0) return [];
    const damaged = await this.queues.run('nft', async () => {
      const table = await readNftTable(this.nftables);
      return [...this.worn].filter(([link, worn]) => isOtherwise(link, worn, table));
    });
    for (const [link, { filter }] of damaged) if (this.worn.has(link)) await this.apply(link, filter);
    return damaged.map(([link]) => link);
  }

  /** As far as is known without asking. */
  private isNew(link: string): boolean {
    const isFound = this.listing?.table.elements.get('out2')?.has(link) ?? false;
    return this.isMade && !isFound && !this.worn.has(link);
  }

  /** What is known of an earlier filter may be wrong by now: then the kernel is asked, and it is done once more. */
  private async whole(doing: string, link: string, make: (before: FilterNames) => string): Promise<void> {
    const known = this.worn.get(link)?.names;
    if (known && (await this.change(doing, link, make(known)))) return;
    const end = await this.nftables.change(doing, make(await this.namesInKernel(link)));
    if (end.status !== 0) throw new LinkError('firewall_failed', `cannot ${doing}: nft ended with ${end.status}: ${end.said}`);
  }

  private async change(doing: string, link: string, text: string): Promise<boolean> {
    this.listing?.stale.add(link);
    return (await this.nftables.change(doing, text)).status === 0;
  }

  /** As it is; of this link, where others' rules may have changed by this process since. */
  private async table(link: string): Promise<NftTable> {
    const foreign = await this.nftables.foreign();
    const held = this.listing;
    if (held && foreign !== undefined && held.foreign === foreign && !held.stale.has(link)) return held.table;
    const table = await readNftTable(this.nftables);
    this.listing = { table, foreign, stale: new Set() };
    return table;
  }

  private async namesInKernel(link: string): Promise<FilterNames> {
    const { chains, sets } = await this.table(link);
    this.listing?.stale.add(link);
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
