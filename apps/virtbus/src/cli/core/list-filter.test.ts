import type { DomainSummary } from '@virtbus/contracts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseDomains, chooseNetworks, type ListFilter } from './list-filter.js';

const none: ListFilter = {
  all: false,
  inactive: false,
  persistent: false,
  transient: false,
  autostart: false,
  'no-autostart': false,
  'state-running': false,
  'state-paused': false,
  'state-shutoff': false,
  'state-other': false,
};

const domain = (name: string, changes: Partial<DomainSummary> = {}): DomainSummary => ({
  uuid: `c7a5fdbd-edaf-9455-926a-${Buffer.from(name.padEnd(6)).toString('hex')}`,
  name,
  state: 'shutoff',
  reason: 'shutdown',
  persistent: true,
  autostart: false,
  type: 'qemu',
  arch: 'x86_64',
  vcpus: 1,
  memoryKiB: 1024,
  maxMemoryKiB: 1024,
  ...changes,
});

test('active domains come by number, the others by name whatever its case', () => {
  const domains = [domain('b'), domain('C'), domain('a'), domain('z', { id: 2 }), domain('y', { id: 10 }), domain('B')];
  expect(chooseDomains(domains, { ...none, all: true }).map(({ name }) => name)).toEqual(['z', 'y', 'a', 'B', 'b', 'C']);
});

const network = (name: string) => ({ uuid: name, name, active: true, autostart: false, persistent: true });

test('networks come by name whatever its case', () => {
  expect(chooseNetworks([network('b'), network('C'), network('a')], none).map(({ name }) => name)).toEqual(['a', 'b', 'C']);
});

const filters = fc.record({
  all: fc.boolean(),
  inactive: fc.boolean(),
  persistent: fc.boolean(),
  transient: fc.boolean(),
  autostart: fc.boolean(),
  'no-autostart': fc.boolean(),
  'state-running': fc.boolean(),
  'state-paused': fc.boolean(),
  'state-shutoff': fc.boolean(),
  'state-other': fc.boolean(),
});

const domains = fc.uniqueArray(
  fc
    .record({
      name: fc.constantFrom('a', 'B', 'b', 'c', 'D'),
      id: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
      persistent: fc.boolean(),
      autostart: fc.boolean(),
      state: fc.constantFrom('running' as const, 'paused' as const, 'crashed' as const),
    })
    .map(({ name, id, ...rest }) => domain(name, { ...rest, ...(id === undefined ? { state: 'shutoff' } : { id }) })),
  { selector: ({ name }) => name },
);

test('the order in which the fleet tells them does not matter, and no domain is made up', () =>
  fc.assert(
    fc.property(filters, domains, (filter, some) => {
      const ids = some.flatMap(({ id }) => id ?? []);
      fc.pre(new Set(ids).size === ids.length);
      expect(chooseDomains(some.toReversed(), filter)).toEqual(chooseDomains(some, filter));
      expect(some).toEqual(expect.arrayContaining(chooseDomains(some, filter)));
    }),
  ));

test('what is listed by one option and what is listed by its contrary are all there are', () =>
  fc.assert(
    fc.property(domains, (some) => {
      const names = (filter: Partial<ListFilter>): string[] => chooseDomains(some, { ...none, ...filter }).map(({ name }) => name);
      const all = names({ all: true }).toSorted();
      expect([...names({}), ...names({ inactive: true })].toSorted()).toEqual(all);
      expect([...names({ all: true, persistent: true }), ...names({ all: true, transient: true })].toSorted()).toEqual(all);
      expect([...names({ all: true, autostart: true }), ...names({ all: true, 'no-autostart': true })].toSorted()).toEqual(all);
      const states = ['state-running', 'state-paused', 'state-shutoff', 'state-other'].flatMap((state) =>
        names({ all: true, [state]: true }),
      );
      expect(states.toSorted()).toEqual(all);
    }),
  ));
