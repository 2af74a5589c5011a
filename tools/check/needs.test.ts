import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { Ability } from './abilities.ts';
import { divide, needsOf } from './needs.ts';

const root = resolve(import.meta.dirname, '../..');
const lacking =
  (...absent: readonly Ability[]) =>
  (needs: readonly Ability[]): string[] =>
    needs.filter((need) => absent.includes(need)).map((need) => `no ${need}`);

const taps = 'services/host-agent/src/links/taps.int.test.ts';
const names = 'services/host-agent/src/links/tap-name-store.int.test.ts';
const bus = 'libs/messaging/src/buckets.int.test.ts';

test.each<[sentence: string, absent: Ability[], runnable: string[], skipped: [string, string[]][]]>([
  ['all run where nothing is missing', [], [taps, names, bus], []],
  ['a tap needs root', ['root'], [names, bus], [['no root', [taps]]]],
  [
    'files are told by all that is missing for them',
    ['root', 'nft', 'nats-server'],
    [names],
    [
      ['no root; no nft', [taps]],
      ['no nats-server', [bus]],
    ],
  ],
])('%s', (_sentence, absent, runnable, skipped) => {
  const division = divide([taps, names, bus], lacking(...absent));
  expect(division.runnable).toEqual(runnable);
  expect([...division.skipped]).toEqual(skipped);
});

test('every file with a real thing says what it needs', () => {
  const files = globSync('{libs,services,apps,tools,tests}/**/*.{int,e2e}.test.ts', {
    cwd: root,
    exclude: ['**/node_modules/**', '**/dist/**'],
  });
  expect(files.filter((file) => needsOf(file) === null)).toEqual([]);
});
