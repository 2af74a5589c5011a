import { spawn } from 'node:child_process';
import { withNetns } from '@virtbus/libc';
import { filterTable } from '../core/nwfilter/filter-text.js';

/** What of the table of filters is there: how many rules each chain has, names of sets, and the links in each map. */
export interface NftTable {
  readonly chains: ReadonlyMap<string, number>;
  readonly sets: ReadonlySet<string>;
  readonly elements: ReadonlyMap<string, ReadonlySet<string>>;
}

const timeoutMs = 10_000;

/** Without the table, or when nft cannot say, nothing is there. @throws SystemError when the namespace does not exist */
export async function readNftTable(netns: string | undefined): Promise<NftTable> {
  const listed = await output(netns, ['-j', 'list', 'table', 'bridge', filterTable]);
  return tableIn(listed);
}

function output(netns: string | undefined, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = withNetns(netns, () =>
      spawn('nft', args, { stdio: ['ignore', 'pipe', 'ignore'], timeout: timeoutMs, killSignal: 'SIGKILL' }),
    );
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
    child.once('error', () => resolve(''));
    child.once('close', (code) => resolve(code === 0 ? said : ''));
  });
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
