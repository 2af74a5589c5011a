import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '@virtbus/testing';
import { testHost, type TestHost } from './test-host.js';
import type { HostLinks } from './host-links.js';

let host: TestHost;
let links: HostLinks;
beforeEach(async () => {
  host = testHost();
  links = await host.open();
  await links.ensureFirewall({ bridge: 'virbr0', mode: 'nat', addresses: [{ family: 'ipv4', address: '10.7.0.1', prefix: 24 }] });
  links.nftables.guard(50, (words) => host.logged.push(words));
});
afterEach(() => host.remove());

const rules = (): string => host.run('nft', '-s', 'list', 'ruleset');
const said = (): string[] => host.logged.filter((line) => line.includes('changed by somebody else'));

test.each<[string, string[]]>([
  ['everything flushed', ['flush', 'ruleset']],
  ['a chain emptied', ['flush', 'chain', 'inet', 'virtbus_virbr0', 'forward']],
  ['a table deleted', ['delete', 'table', 'inet', 'virtbus_virbr0']],
  ['a rule added', ['add', 'rule', 'inet', 'virtbus_virbr0', 'forward', 'accept']],
])('after %s the filter is as it was, and that is said', async (_, command) => {
  const before = await eventually(() => rules());
  await new Promise((resolve) => setTimeout(resolve, 300));
  host.run('nft', ...command);
  await eventually(() => rules() === before && said().length > 0);
});

test("what is others' stays others', and nothing is said of it", async () => {
  host.run('nft', 'add table inet theirs; add chain inet theirs c');
  await links.ensureFirewall({ bridge: 'virbr1', mode: 'none', addresses: [] });
  await links.removeFirewall('virbr0');
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(rules()).toContain('table inet theirs');
  expect(rules()).not.toContain('virtbus_virbr0');
  expect(said()).toEqual([]);
});
