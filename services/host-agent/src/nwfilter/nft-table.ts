import { filterTable } from '../core/nwfilter/filter-text.js';
import type { Nftables } from '../links/nftables.js';

/** What of the table of filters is there: how many rules each chain has, names of sets, and the links in each map. */
export interface NftTable {
  readonly chains: ReadonlyMap<string, number>;
  readonly sets: ReadonlySet<string>;
  readonly elements: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Without the table, or when nft cannot say, nothing is there. @throws SystemError when the namespace does not exist */
export async function readNftTable(nftables: Nftables): Promise<NftTable> {
  const { status, output = '' } = await nftables.list('list the filters of interfaces', ['-j', 'list', 'table', 'bridge', filterTable]);
  return tableIn(status === 0 ? output : '');
}

interface Listed {
  readonly chain?: { readonly name: string };
  readonly rule?: { readonly chain: string };
  readonly set?: { readonly name: string };
  readonly map?: { readonly name: string; readonly elem?: readonly (readonly [string, unknown])[] };
}

export function tableIn(json: string): NftTable {
  const chains = new Map<string, number>();
  const sets = new Set<string>();
  const elements = new Map<string, ReadonlySet<string>>();
  if (json === '') return { chains, sets, elements };
  const { nftables } = JSON.parse(json) as { readonly nftables: readonly Listed[] };
  for (const { chain, rule, set, map } of nftables) {
    if (chain) chains.set(chain.name, 0);
    if (rule) chains.set(rule.chain, (chains.get(rule.chain) ?? 0) + 1);
    if (set) sets.add(set.name);
    if (map) elements.set(map.name, new Set((map.elem ?? []).map(([link]) => link)));
  }
  return { chains, sets, elements };
}
