import { expect, test } from 'vitest';
import { Refusal, type DiskDemand, type DiskSite, type PoolRecord } from '@virtbus/contracts';
import { diskSites, isKnown, type KnownStorage } from './disk-sites.js';

const pool = (name: string, active = true): PoolRecord => ({
  uuid: name,
  name,
  path: `/${name}`,
  xml: '',
  persistent: true,
  autostart: false,
  active,
});
const pools = [pool('p'), pool('off', false)];
const where: Readonly<Record<string, string[]>> = { 'p v': ['a', 'b'] };
const storage: KnownStorage = {
  poolNamed: (name) => pools.find((each) => each.name === name),
  poolAt: (path) => pools.find((each) => each.active && each.path === path),
  hostsWith: ({ name }, volume) => where[`${name} ${volume}`] ?? [],
};
const site = { pool: 'p', volume: 'v', hostIds: ['a', 'b'] };

test.each<[string, DiskDemand, DiskSite[], boolean]>([
  ['a volume is where its pool has it', { pool: 'p', volume: 'v' }, [site], true],
  ['a file in a pool is a volume', { file: '/p/v' }, [site], true],
  ['a file elsewhere is anywhere', { file: '/x/v' }, [], true],
  ['a file that no host says it has may just have been made', { file: '/p/w' }, [], false],
  ['a file in a pool that is not active is a file', { file: '/off/v' }, [], true],
])('%s', (_, disk, sites, known) => {
  expect(diskSites([disk], storage)).toEqual(sites);
  expect(isKnown([disk], storage)).toBe(known);
});

test.each<[DiskDemand, string]>([
  [{ pool: 'none', volume: 'v' }, 'no_pool'],
  [{ pool: 'off', volume: 'v' }, 'config_unsupported'],
  [{ pool: 'p', volume: 'w' }, 'no_volume'],
])('%o is refused as %s, once it was asked for again', (disk, expected) => {
  expect(isKnown([disk], storage)).toBe(false);
  const refusal = (): unknown => {
    try {
      return diskSites([disk], storage);
    } catch (thrown) {
      return thrown instanceof Refusal ? thrown.code : thrown;
    }
  };
  expect(refusal()).toBe(expected);
});
