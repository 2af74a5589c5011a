import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as registry from '../index.js';
import { addressOf, contracts, type Contract, type ServiceName } from '../index.js';
import { traffic } from './traffic-table.js';

const services = join(import.meta.dirname, '../../../../services');
const byName: ReadonlyMap<string, unknown> = new Map(Object.entries(registry));
const isContract = (value: unknown): value is Contract => contracts.some((one) => one === value);

const sourceOf = (service: ServiceName): string =>
  globSync(join(services, service, 'src/**/*.ts'), { exclude: ['**/*.test.ts'] })
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');

/** The contracts that a source imports by name or speaks of as `contracts.x`. */
function spokenOf(source: string): Contract[] {
  const imported = [...source.matchAll(/import (?:type )?\{([^}]*)\} from '@virtbus\/contracts'/g)].flatMap(([, names = '']) =>
    names.split(',').map((name) => name.replace('type ', '').trim()),
  );
  const qualified = [...source.matchAll(/\bcontracts\.(\w+)/g)].map(([, name = '']) => name);
  return [...new Set([...imported, ...qualified].map((name) => byName.get(name)))].filter(isContract);
}

describe.each(Object.keys(traffic) as ServiceName[])('%s', (service) => {
  const source = sourceOf(service);
  const { sends, asks, hears, listens, reads, awaitsOutcomes } = traffic[service];

  test("uses the others' contracts that the table names, and no more", () => {
    const foreign = spokenOf(source).filter((one) => one.owner !== service);
    const named = [...sends, ...asks, ...hears.map(({ contract }) => contract), ...listens, ...reads].filter(
      (one) => one.owner !== service,
    );
    expect(named.map(addressOf).toSorted()).toEqual(foreign.map(addressOf).toSorted());
  });

  test('handles or writes all that it owns', () => {
    const spoken = new Set(spokenOf(source).map(addressOf));
    const owned = contracts.filter((one) => one.owner === service).map(addressOf);
    expect(owned.filter((address) => !spoken.has(address))).toEqual([]);
  });

  test('hears under the names that the table gives', () => {
    const names = [...source.matchAll(/durable: '([\w-]+)'/g)].map(([, name = '']) => name);
    expect(hears.map(({ durable }) => durable).toSorted((a, b) => a.localeCompare(b))).toEqual(
      names.toSorted((a, b) => a.localeCompare(b)),
    );
  });

  test('waits for outcomes when the table says so', () => expect(/\bbus\.run\(/.test(source)).toBe(awaitsOutcomes));
});
