import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FirewallPlan } from './link-plan.js';
import { firewallTable, nftRules, removalRules } from './nft-rules.js';

const fixtures = join(import.meta.dirname, 'fixtures/nft');
const names = readdirSync(fixtures).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []));
const planOf = (name: string) => JSON.parse(readFileSync(join(fixtures, `${name}.json`), 'utf8')) as FirewallPlan;

const plan = (change: Partial<FirewallPlan> = {}): FirewallPlan => ({
  bridge: 'virbr0',
  mode: 'nat',
  addresses: [{ family: 'ipv4', address: '192.168.122.1', prefix: 24 }],
  ...change,
});
const text = (answer: ReturnType<typeof nftRules>): string => (answer.type === 'rules' ? answer.text : '');

test.each(names)('the rules of %s', async (name) => {
  await expect(text(nftRules(planOf(name)))).toMatchFileSnapshot(join(fixtures, `${name}.nft`));
});

describe('a plan is refused', () => {
  test.each<[string, Partial<FirewallPlan>]>([
    ['with a quote in the bridge', { bridge: 'br"; drop' }],
    ['with a new line in the bridge', { bridge: 'br\nflush' }],
    ['with a wildcard in the bridge', { bridge: 'br*' }],
    ['with a backslash in the bridge', { bridge: 'br\\' }],
    ['with no bridge', { bridge: '' }],
    ['with a bridge of sixteen bytes', { bridge: 'abcdefghijklmnop' }],
    ['with a letter that is not ASCII', { bridge: 'brü' }],
    ['with a quote in the device', { forwardDevice: 'eth0" accept #' }],
    ['with an address of the other family', { addresses: [{ family: 'ipv4', address: 'fd00::1', prefix: 24 }] }],
    ['with an address that goes on', { addresses: [{ family: 'ipv4', address: '10.0.0.1 accept', prefix: 24 }] }],
    ['with an IPv6 address that goes on', { addresses: [{ family: 'ipv6', address: 'fd00::1 accept', prefix: 64 }] }],
    ['with a prefix beyond 32', { addresses: [{ family: 'ipv4', address: '10.0.0.1', prefix: 33 }] }],
    ['with a prefix that is no whole number', { addresses: [{ family: 'ipv6', address: 'fd00::1', prefix: 1.5 }] }],
    ['with NAT addresses that are none', { nat: { addresses: { start: '10.0.0.1', end: 'x' } } }],
    ['with NAT ports that go down', { nat: { ports: { start: 9, end: 8 } } }],
    ['with NAT port 0', { nat: { ports: { start: 0, end: 8 } } }],
  ])('%s', (_, change) => expect(nftRules(plan(change))).toMatchObject({ type: 'refused', reason: expect.any(String) }));
});

test('different bridges have different tables, and every table name is one word', () =>
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ unit: fc.constantFrom('a', '0', '_', '-', '.', '5', 'f', '$', 'é'), minLength: 1, maxLength: 4 }), {
        maxLength: 30,
      }),
      (bridges) => {
        const tables = bridges.map(firewallTable);
        expect(new Set(tables).size).toBe(bridges.length);
        for (const table of tables) expect(table).toMatch(/^[A-Za-z]\w*$/);
      },
    ),
  ));

test('every line of a rule names the network, and only its table is touched', () =>
  fc.assert(
    fc.property(fc.constantFrom(...names), (name) => {
      const { bridge, addresses } = planOf(name);
      const lines = text(nftRules(planOf(name))).split('\n');
      for (const rule of lines.filter((line) => line.startsWith('    ') && !line.includes('type '))) {
        expect([`"${bridge}"`, ...addresses.map(({ address }) => `saddr ${address}`)].some((mark) => rule.includes(mark))).toBe(true);
      }
      const tables = lines.flatMap((line) => /^(?:delete )?table inet (\S+)/.exec(line)?.[1] ?? []);
      expect(new Set(tables)).toEqual(new Set([firewallTable(bridge)]));
    }),
  ));

test('removal declares the table first, so that it also succeeds without one', () => {
  expect(removalRules('virbr0')).toBe('table inet virtbus_virbr0 {}\ndelete table inet virtbus_virbr0\n');
});
