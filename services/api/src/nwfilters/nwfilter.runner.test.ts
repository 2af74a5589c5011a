import { beforeEach, describe, expect, test } from 'vitest';
import { Refusal, type DomainState, type NwfilterRecord } from '@virtbus/contracts';
import { builtinFilters, parseNwfilter } from '@virtbus/libvirt-xml';
import { countingClock, MemoryNames, MemoryRecords } from '../testing.js';
import { NwfilterReader } from './nwfilter.reader.js';
import { NwfilterRunner } from './nwfilter.runner.js';

let records: MemoryRecords<NwfilterRecord>;
let names: MemoryNames;
let used: string[];
let runner: NwfilterRunner;

beforeEach(() => {
  records = new MemoryRecords();
  names = new MemoryNames();
  used = [];
  runner = new NwfilterRunner(records, names, countingClock(), () => used);
});

const refused = async (answer: Promise<unknown>): Promise<Refusal> => {
  const thrown: unknown = await answer.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof Refusal)) throw new Error('nothing was refused', { cause: thrown });
  return thrown;
};
const uuid = (digit: string): string => `${digit.repeat(8)}-2222-3333-4444-555555555555`;
const filter = (name: string, inner = '', id = uuid('1')): string => `<filter name='${name}'><uuid>${id}</uuid>${inner}</filter>`;
const includes = (name: string): string => `<filterref filter='${name}'/>`;

describe('the filters that are there from the start', () => {
  test('are made once, and every one can be read', async () => {
    await runner.seed();
    await runner.seed();
    expect(records.entries.size).toBe(builtinFilters.length);
    for (const { name } of builtinFilters) expect(parseNwfilter(await runner.xml(name)).name).toBe(name);
  });

  test('include only each other', () => {
    const all = builtinFilters.map(({ name }) => name);
    const included = builtinFilters.flatMap(({ entry }) => entry.flatMap((each) => (each.name === 'filterref' ? [each.value.filter] : [])));
    expect(included.filter((name) => !all.includes(name))).toEqual([]);
  });

  test('stay away once they are not wanted, and can come back as something else', async () => {
    await runner.seed();
    await runner.undefine('allow-arp');
    await runner.seed();
    expect((await refused(runner.xml('allow-arp'))).code).toBe('no_nwfilter');
    await runner.define(filter('allow-arp'));
    expect([names.held.get('allow-arp'), await runner.xml(uuid('1'))]).toEqual([uuid('1'), expect.stringContaining("name='allow-arp'")]);
  });
});

test('a filter is defined, replaced and forgotten', async () => {
  expect(await runner.define(filter('mine'))).toEqual({ uuid: uuid('1'), name: 'mine' });
  await runner.define(filter('mine', includes('other')));
  expect(await runner.xml(uuid('1'))).toContain(includes('other'));
  await runner.undefine('mine');
  expect([records.entries.size, names.held.size]).toEqual([0, 0]);
});

test.each<[string, string, string, string]>([
  ['a name that is taken', filter('mine', '', uuid('2')), 'operation_failed', `filter 'mine' already exists with uuid ${uuid('1')}`],
  ['a name that is taken, without a UUID', "<filter name='mine'/>", 'operation_failed', "filter 'mine' already exists with uuid"],
  ['a UUID that is taken', filter('yours'), 'operation_failed', "different name ('mine') already exists"],
  ['itself inside', filter('mine', includes('mine')), 'operation_failed', 'filter would introduce a loop'],
  ['itself further inside', filter('mine', includes('outer')), 'operation_failed', 'filter would introduce a loop'],
  ['bad XML', "<filter name='mine' chain='no'/>", 'invalid_argument', "Invalid chain name 'no'"],
])('refuses %s', async (_, xml, code, words) => {
  await runner.define(filter('mine'));
  await runner.define(filter('outer', includes('mine'), uuid('3')));
  expect(await refused(runner.define(xml))).toMatchObject({ code, message: expect.stringContaining(words) });
});

test.each<[string, string[]]>([
  ['itself', ['mine']],
  ['in another', ['outer']],
])('a filter that a running guest has, %s, is not forgotten', async (_, has) => {
  await runner.define(filter('mine'));
  await runner.define(filter('outer', includes('mine'), uuid('3')));
  used = has;
  expect(await refused(runner.undefine('mine'))).toMatchObject({
    code: 'operation_invalid',
    libvirt: 55,
    message: expect.stringContaining('nwfilter is in use'),
  });
  used = ['something else'];
  await runner.undefine('mine');
});

test('all that a filter is made of is there at a revision', async () => {
  expect(await runner.revisionOf('outer')).toBe(0);
  await runner.define(filter('mine'));
  await runner.define(filter('outer', includes('mine') + includes('nobody'), uuid('3')));
  const before = await runner.revisionOf('outer');
  await runner.define(filter('mine', includes('other')));
  expect(await runner.revisionOf('outer')).toBeGreaterThan(before);
  expect(await runner.revisionOf('mine')).toBe(await runner.revisionOf('outer'));
});

describe('what has which filter', () => {
  const xml = (
    dev: string,
  ) => `<domain type='qemu' id='1'><name>web</name><uuid>${uuid('7')}</uuid><memory>1</memory><os><type arch='x86_64'>hvm</type></os><devices>
    <interface type='network'><mac address='52:54:00:00:00:01'/><source network='lab'/><target dev='${dev}'/><filterref filter='mine'><parameter name='IP' value='1.2.3.4'/></filterref></interface>
    <interface type='network'><mac address='52:54:00:00:00:02'/><source network='lab'/><target dev='vnet9'/></interface></devices></domain>`;
  const state = (hostId: string, more: Partial<DomainState> = {}): { value: DomainState } => ({
    value: {
      uuid: uuid('7'),
      name: 'web',
      hostId,
      epoch: 1,
      state: 'running',
      reason: 'booted',
      since: '',
      interfaces: [],
      xml: xml('vnet0'),
      ...more,
    },
  });
  const reader = (...states: { value: DomainState }[]) =>
    new NwfilterReader({ entries: () => [] }, { entries: () => states }, { entries: () => [] }, async () => undefined);

  test('is read from the domains that run', () => {
    const found = reader(state('b'), state('a', { xml: xml('vnet3') }), state('c', { state: 'shutoff' })).bindings();
    expect(found.map(({ hostId, portDev, filter: name }) => [hostId, portDev, name])).toEqual([
      ['a', 'vnet3', 'mine'],
      ['b', 'vnet0', 'mine'],
    ]);
    expect(found[1]?.xml).toContain("    <parameter name='IP' value='1.2.3.4'/>\n    <parameter name='MAC' value='52:54:00:00:00:01'/>\n");
  });

  test('is listed page by page, each once, also where hosts name their links alike', () => {
    const many = reader(...Array.from({ length: 7 }, (_, at) => state(`h${at % 3}`, { xml: xml(`vnet${at}`) })));
    const pages: string[][] = [];
    for (let after: string | undefined; pages.length < 9;) {
      const { bindings, next } = many.list({ limit: 3, ...(after === undefined ? {} : { after }) });
      pages.push(bindings.map(({ hostId, portDev }) => `${hostId} ${portDev}`));
      expect(JSON.stringify(bindings)).not.toContain('filterbinding');
      if (next === undefined) break;
      after = next;
    }
    expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
    expect(pages.flat()).toEqual(many.bindings().map(({ hostId, portDev }) => `${hostId} ${portDev}`));
  });

  test('is asked by the link, and by the host where the link is not enough', async () => {
    const two = reader(state('a'), state('b'));
    await expect(two.binding({ portDev: 'vnet0' })).rejects.toThrow("hosts a, b each have a link 'vnet0'");
    expect((await two.binding({ portDev: 'vnet0', hostId: 'b' })).xml).toContain("<portdev name='vnet0'/>");
    await expect(two.binding({ portDev: 'vnet9' })).rejects.toThrow("no nwfilter binding for port dev 'vnet9'");
  });
});
