import { beforeEach, describe, expect, test } from 'vitest';
import { parseInterface } from '@virtbus/libvirt-xml';
import type { Connection } from '../interfaces/connection.js';
import { bindingExists } from '../core/nwfilter/binding-refusals.js';
import { FilterDressing } from './filter-dressing.js';
import { LinkFilters, type FilteredLink } from './link-filters.js';
import { TestFilters } from './test-filters.js';

const mac = '52:54:00:00:00:07';
const linkOf = (of: FilteredLink['of'], filter = 'no-mac-broadcast'): FilteredLink => ({
  link: 'veth0',
  mac,
  ref: { filter, parameter: [] },
  of,
});
const connection: Connection = {
  owner: { uuid: '81ff0d90-c91e-6742-64da-4a736edb9a9b', name: 'web', type: 'qemu', directory: '/run' },
  net: parseInterface(
    `<interface type='bridge'><mac address='${mac}'/><source bridge='br0'/><filterref filter='no-mac-broadcast'/></interface>`,
  ),
  ...{ alias: 'net0', mac, kind: 'bridge', target: 'veth0' },
};

let done: string[];
let filters: TestFilters;
let links: LinkFilters;
/** What is asked for the addresses of a link waits for this. */
let asked: Promise<void>;

beforeEach(() => {
  done = [];
  asked = Promise.resolve();
  filters = new TestFilters();
  const log = { log: () => undefined, warn: () => undefined, error: (words: string) => void done.push(words) };
  const tables = {
    apply: async (link: string) => void done.push(`apply ${link}`),
    remove: async (link: string) => void done.push(`remove ${link}`),
    differs: async () => false,
  };
  const learner = {
    addresses: async () => asked.then(() => []),
    learn: () => void done.push('learn'),
    forget: async () => void done.push('forget'),
    close: () => undefined,
  };
  links = new LinkFilters({ tables, source: filters, learner, log });
});

describe('a filter that is defined anew while its link loses it', () => {
  test.each(['no-mac-broadcast', 'no-ip-spoofing'])('%s leaves nothing there', async (filter) => {
    await links.apply(linkOf('binding', filter));
    let go = (): void => undefined;
    asked = new Promise((resolve) => (go = resolve));
    filters.define(`<filter name='${filter}' chain='root'><rule action='drop' direction='out'><ip srcipaddr='$IP'/></rule></filter>`);
    done.length = 0;
    await links.remove('veth0');
    go();
    await expect.poll(() => done).toEqual(['forget', 'remove veth0', 'learn', 'forget']);
  });
});

describe('an interface', () => {
  const free = { unlessBound: <T>(_: string, act: () => Promise<T>) => act() };

  test('takes its own filter off its link', async () => {
    const dressing = new FilterDressing(links, free);
    await dressing.apply(connection);
    expect(links.holderOf('veth0')).toBe('interface');
    await dressing.remove(connection);
    expect([links.holderOf('veth0'), done]).toEqual([undefined, ['apply veth0', 'forget', 'remove veth0']]);
  });

  test('is given none where there is one by hand, which stays', async () => {
    const dressing = new FilterDressing(links, { unlessBound: (link) => Promise.reject(bindingExists(link)) });
    await links.apply(linkOf('binding'));
    await expect(dressing.apply(connection)).rejects.toThrow("binding 'veth0' already exists");
    await dressing.remove(connection);
    expect([links.holderOf('veth0'), done]).toEqual(['binding', ['apply veth0']]);
  });
});
