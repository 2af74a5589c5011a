import { afterEach, beforeEach, expect, test } from 'vitest';
import { builtinFilters } from '@virtbus/libvirt-xml';
import { compileFilter, type PortFilter } from '../core/nwfilter/compile-filter.js';
import type { CommandEnd } from '../links/command.js';
import { Nftables } from '../links/nftables.js';
import { testHost, type TestHost } from '../links/test-host.js';
import { FilterTables } from './filter-tables.js';

/** Remembers what nft was asked, and does it. */
class Asked extends Nftables {
  readonly words: string[] = [];
  override change(doing: string, text: string): Promise<CommandEnd> {
    this.words.push(/^flush|^delete/m.test(text) ? 'replaced' : 'made');
    return super.change(doing, text);
  }
  override list(doing: string, args: readonly string[]): Promise<CommandEnd> {
    this.words.push('listed');
    return super.list(doing, args);
  }
  taken(): string[] {
    return this.words.splice(0);
  }
}

let host: TestHost;
let nftables: Asked;
beforeEach(() => {
  host = testHost();
  nftables = new Asked(host.options.netns);
});
afterEach(async () => {
  await nftables.close();
  await host.remove();
});

const definitions = new Map(builtinFilters.map((one) => [one.name, one]));
const filterOf = (n: number, filter = 'clean-traffic'): PortFilter => {
  const compiled = compileFilter({ filter, definitions, variables: { MAC: [`52:54:00:00:00:0${n}`], IP: [`10.0.0.${n}`] } });
  if (compiled.type === 'refused') throw new Error(compiled.words);
  return compiled;
};
const rules = (): string => host.run('nft', 'list', 'ruleset');

test('what others have is not listed for one more interface, nor when one goes', async () => {
  const tables = new FilterTables(nftables);
  await tables.apply('vnet1', filterOf(1));
  expect(nftables.taken()).toEqual(['listed', 'replaced']);
  await tables.apply('vnet2', filterOf(2));
  expect(nftables.taken()).toEqual(['made']);
  expect(rules()).toContain('ip saddr 10.0.0.2');
  await tables.remove('vnet2');
  expect(nftables.taken()).toEqual(['replaced']);
  expect(rules()).not.toContain('vnet2');
});

test('after a restart all interfaces are compared with one listing', async () => {
  const before = new FilterTables(nftables);
  for (const n of [1, 2, 3]) await before.apply(`vnet${n}`, filterOf(n));
  nftables.taken();
  const after = new FilterTables(nftables);
  for (const n of [1, 2, 3]) {
    expect(await after.differs(`vnet${n}`, filterOf(n))).toBe(false);
    await after.apply(`vnet${n}`, filterOf(n));
  }
  expect(nftables.taken()).toEqual(['listed', 'replaced', 'replaced', 'replaced']);
  host.run('nft', 'flush', 'ruleset');
  expect(await after.differs('vnet3', filterOf(3))).toBe(true);
});

test.each<[string, () => void]>([
  ['somebody has flushed everything', () => host.run('nft', 'flush', 'ruleset')],
  ['something of its name is there', () => host.run('nft', 'add', 'chain', 'bridge', 'virtbus_nwfilter', 'p_vnet2__left')],
  ['its own chains are there', () => host.run('nft', 'add', 'chain', 'bridge', 'virtbus_nwfilter', 'p_vnet2__out2')],
])('an interface has its rules, all of them and no others, although %s', async (_, meddle) => {
  const tables = new FilterTables(nftables);
  await tables.apply('vnet1', filterOf(1));
  meddle();
  await tables.apply('vnet2', filterOf(2));
  expect(await tables.differs('vnet2', filterOf(2))).toBe(false);
  await tables.remove('vnet2');
  expect(rules()).not.toContain('p_vnet2__out2');
});

test('one that has changed meanwhile is removed whole', async () => {
  const tables = new FilterTables(nftables);
  await tables.apply('vnet1', filterOf(1));
  host.run('nft', 'delete', 'element', 'bridge', 'virtbus_nwfilter', 'out2', '{ "vnet1" }');
  await tables.remove('vnet1');
  expect(rules()).not.toContain('vnet1');
});
