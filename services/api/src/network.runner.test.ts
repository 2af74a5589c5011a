import { beforeEach, describe, expect, test } from 'vitest';
import { Refusal, type NetworkRecord, type UpdateNetwork } from '@virtbus/contracts';
import { NetworkRunner } from './network.runner.js';
import { countingClock, MemoryNames, MemoryRecords } from './testing.js';

let records: MemoryRecords<NetworkRecord>;
let names: MemoryNames;
let bridges: MemoryNames;
let runner: NetworkRunner;
beforeEach(() => {
  [records, names, bridges] = [new MemoryRecords(), new MemoryNames(), new MemoryNames()];
  runner = new NetworkRunner(records, names, bridges, countingClock());
});

const uuid = '81ff0d90-c91e-6742-64da-4a736edb9a9b';
const xml = (name: string, inner = '', id = '') =>
  `<network><name>${name}</name>${id && `<uuid>${id}</uuid>`}${inner}<ip address='10.7.0.1' prefix='24'/></network>`;
const only = (): NetworkRecord => [...records.entries.values()][0]!.value;
const refusal = (act: Promise<unknown>) =>
  act.then(
    () => 'nothing was refused',
    (thrown: unknown) => (thrown instanceof Refusal ? [thrown.code, thrown.libvirt, thrown.message] : thrown),
  );

describe('define', () => {
  test('keeps the definition as libvirt reads it back, with the lowest free bridge', async () => {
    bridges.held.set('virbr0', 'somebody else');
    const [change] = await runner.define(xml('lab'));
    expect(change).toMatchObject({
      what: 'defined',
      record: { name: 'lab', bridge: 'virbr1', persistent: true, active: false, activation: 0 },
    });
    expect(only().xml).toContain("<bridge name='virbr1' stp='on' delay='0'/>");
  });

  test('gives no bridge unasked that some host has, and keeps one that was given, and takes one that is asked for', async () => {
    bridges.onHosts.add('virbr0');
    expect(await runner.define(xml('lab', '', uuid))).toMatchObject([{ record: { bridge: 'virbr1' } }]);
    bridges.onHosts.add('virbr1');
    expect(await runner.define(xml('lab', '', uuid))).toMatchObject([{ record: { bridge: 'virbr1' } }]);
    expect(await runner.define(xml('other', "<bridge name='virbr0'/>"))).toMatchObject([{ record: { bridge: 'virbr0' } }]);
  });

  test('again with its UUID replaces it and keeps the bridge', async () => {
    await runner.define(xml('lab', '', uuid));
    await runner.define(xml('lab', `<domain name='x.test'/>`, uuid));
    expect([records.entries.size, only().bridge]).toEqual([1, 'virbr0']);
    expect(only().xml).toContain('x.test');
  });

  test('another bridge name gives the old one back', async () => {
    await runner.define(xml('lab', '', uuid));
    await runner.define(xml('lab', `<bridge name='br-lab'/>`, uuid));
    expect([...bridges.held.keys()]).toEqual(['br-lab']);
  });

  test('of an active network leaves what is active as it is', async () => {
    await runner.define(xml('lab', '', uuid));
    const { xml: first } = only();
    await runner.start('lab');
    await runner.define(xml('lab', `<domain name='x.test'/>`, uuid));
    expect([only().active, only().liveXml]).toEqual([true, first]);
    await runner.destroy('lab');
    expect(only().liveXml).toBeUndefined();
  });

  test('a bridge of the host is not claimed: several networks may use it', async () => {
    const bridged = (name: string) => `<network><name>${name}</name><forward mode='bridge'/><bridge name='br0'/></network>`;
    await runner.define(bridged('one'));
    await runner.define(bridged('two'));
    expect([records.entries.size, bridges.held.size]).toEqual([2, 0]);
  });

  test.each<[string, string, [string, number, string]]>([
    [
      'a name that another network has',
      xml('lab', '', '11111111-2222-3333-4444-555555555555'),
      ['operation_failed', 9, expect.stringContaining(uuid)],
    ],
    [
      'a UUID that another network has',
      xml('other', '', uuid),
      ['operation_failed', 9, expect.stringContaining("'lab' is already defined")],
    ],
    [
      "another network's bridge",
      xml('other', `<bridge name='virbr0'/>`),
      ['operation_failed', 1, "internal error: bridge name 'virbr0' already in use."],
    ],
    ['no name', '<network/>', ['missing_name', 21, expect.stringContaining('missing name')]],
    [
      'malformed XML',
      '<network><name>x</name>',
      ['xml_detail', 35, expect.stringContaining('Premature end of data in tag network line 1')],
    ],
    [
      'a DOCTYPE',
      `<!DOCTYPE network SYSTEM 'file:///etc/passwd'>${xml('x')}`,
      ['xml_detail', 35, expect.stringContaining('document type')],
    ],
  ])('refuses %s', async (_, given, expected) => {
    await runner.define(xml('lab', '', uuid));
    expect(await refusal(runner.define(given))).toEqual(expected);
    expect(records.entries.size).toBe(1);
  });
});

describe('a network', () => {
  beforeEach(() => runner.define(xml('lab', '', uuid)));

  test('is started and destroyed, and counts its activations', async () => {
    expect(await runner.start('lab')).toMatchObject([{ what: 'started', record: { active: true, activation: 1 } }]);
    expect(await refusal(runner.start('lab'))).toEqual(['operation_invalid', 55, expect.stringContaining('already active')]);
    expect(await runner.destroy(uuid)).toMatchObject([{ what: 'stopped', record: { active: false, activation: 1 } }]);
    expect(await refusal(runner.destroy('lab'))).toEqual(['operation_invalid', 55, expect.stringContaining('not active')]);
    expect(await runner.start('lab')).toMatchObject([{ record: { activation: 2 } }]);
  });

  test('undefined while inactive is gone, with its names', async () => {
    expect(await runner.undefine('lab')).toMatchObject([{ what: 'undefined' }]);
    expect([records.entries.size, names.held.size, bridges.held.size]).toEqual([0, 0, 0]);
  });

  test('undefined while active goes when it stops', async () => {
    await runner.start('lab');
    await runner.undefine('lab');
    expect(only()).toMatchObject({ active: true, persistent: false });
    await runner.destroy('lab');
    expect([records.entries.size, names.held.size]).toEqual([0, 0]);
  });

  test('that nobody defined is not found', async () => {
    expect(await refusal(runner.start('nope'))).toEqual(['no_network', 43, "Network not found: no network with matching name 'nope'"]);
  });
});

test('a definition is replaced and forgotten at its revision only, and by its own project', async () => {
  await runner.define(xml('lab', '', uuid), { project: 'blue' });
  expect(await refusal(runner.define(xml('lab', '', uuid), { revision: 7 }))).toMatchObject(['revision_conflict', 55, expect.any(String)]);
  expect(await refusal(runner.define(xml('lab', '', uuid), { project: 'red' }))).toMatchObject(['operation_failed', 9, expect.any(String)]);
  expect(await refusal(runner.undefine('lab', 7))).toMatchObject(['revision_conflict', 55, expect.any(String)]);
  await runner.define(xml('lab', '', uuid), { revision: 1 });
  expect(only()).toMatchObject({ project: 'blue' });
  await runner.undefine('lab', 2);
  expect(records.entries.size).toBe(0);
});

test('create makes a network that is active and goes when it stops', async () => {
  expect((await runner.create(xml('lab'))).map((change) => change.what)).toEqual(['defined', 'started']);
  expect(only()).toMatchObject({ persistent: false, active: true });
  await runner.destroy('lab');
  expect(records.entries.size).toBe(0);
});

test('whoever loses a race reads again', async () => {
  await runner.define(xml('lab', '', uuid));
  const [first, second] = await Promise.allSettled([runner.start('lab'), runner.start('lab')]);
  expect([first.status, second.status].toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(only().activation).toBe(1);
});

describe('update', () => {
  const update = (more: Partial<UpdateNetwork> = {}): UpdateNetwork => ({
    network: 'lab',
    command: 'add-last',
    section: 'ip-dhcp-host',
    xml: "<host mac='52:54:00:00:00:09' ip='10.7.0.9'/>",
    ...more,
  });
  const run = (more?: Partial<UpdateNetwork>) => runner.update(update(more), () => new Map([['eth0', 2]]));
  const has = (text: string | undefined): boolean => text?.includes('10.7.0.9') ?? false;
  beforeEach(() => runner.define(xml('lab', '', uuid)));

  test.each<[string, { active: boolean }, Partial<UpdateNetwork>, { xml: boolean; liveXml: boolean | undefined }]>([
    ['of what is not active changes the definition', { active: false }, {}, { xml: true, liveXml: undefined }],
    ['of what is active changes that alone', { active: true }, {}, { xml: false, liveXml: true }],
    ['of both leaves one text', { active: true }, { live: true, config: true }, { xml: true, liveXml: undefined }],
    ['of the definition leaves what is active', { active: true }, { config: true }, { xml: true, liveXml: false }],
  ])('%s', async (_, { active }, more, expected) => {
    if (active) await runner.start('lab');
    const { version = 0 } = only();
    expect(await run(more)).toEqual({ uuid, name: 'lab' });
    expect([has(only().xml), only().liveXml === undefined ? undefined : has(only().liveXml)]).toEqual([expected.xml, expected.liveXml]);
    expect(only().version).toBe(version + 1);
  });

  test.each<[string, Partial<UpdateNetwork>, [string, number, string]]>([
    ['what is not active', { live: true }, ['operation_invalid', 55, 'Requested operation is not valid: network is not running']],
    ['a section that libvirt does not change', { section: 'domain' }, ['operation_unsupported', 84, expect.stringContaining("'domain'")]],
    [
      "a ranges' change",
      { section: 'ip-dhcp-range', command: 'modify', xml: "<range start='10.7.0.5' end='10.7.0.6'/>" },
      ['operation_unsupported', 84, expect.any(String)],
    ],
    ['an element of another section', { section: 'dns-txt' }, ['xml_error', 27, expect.stringContaining('unexpected element')]],
    ['a network that is not there', { network: 'nope' }, ['no_network', 43, expect.any(String)]],
    ['what is missing', { command: 'delete' }, ['operation_invalid', 55, expect.stringContaining("couldn't locate")]],
  ])('refuses %s', async (_, more, expected) => {
    const before = only();
    expect(await refusal(run(more))).toEqual(expected);
    expect(only()).toBe(before);
  });

  test('of a transient network is of what is active', async () => {
    await runner.create(`<network><name>brief</name><ip address='10.8.0.1' prefix='24'/></network>`);
    const brief = () => [...records.entries.values()].map((entry) => entry.value).find(({ name }) => name === 'brief');
    const host = "<host mac='52:54:00:00:00:09' ip='10.8.0.9'/>";
    expect(await refusal(run({ network: 'brief', xml: host, config: true }))).toMatchObject(['operation_invalid', 55, expect.any(String)]);
    await run({ network: 'brief', xml: host });
    expect(brief()?.xml).toContain('10.8.0.9');
  });

  test('does not take away a device that is in use', async () => {
    await runner.define(
      `<network><name>pool</name><forward mode='bridge'><interface dev='eth0'/><interface dev='eth1'/></forward></network>`,
    );
    const remove = (dev: string) =>
      run({ network: 'pool', section: 'forward-interface', command: 'delete', xml: `<interface dev='${dev}'/>` });
    expect(await refusal(remove('eth0'))).toMatchObject(['operation_invalid', 55, expect.any(String)]);
    await remove('eth1');
  });
});
