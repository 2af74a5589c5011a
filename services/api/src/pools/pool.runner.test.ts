import { beforeEach, expect, test } from 'vitest';
import { Refusal, type PoolRecord, type RequestContract } from '@virtbus/contracts';
import { countingClock, MemoryNames, MemoryRecords } from '../testing.js';
import type { PoolHosts } from './pool-hosts.js';
import { PoolRunner, type PoolChange } from './pool.runner.js';
import { VolumeRunner } from './volume.runner.js';

const xml = (name: string, path: string, more = '') =>
  `<pool type='dir'><name>${name}</name><target><path>${path}</path>${more}</target></pool>`;

let records: MemoryRecords<PoolRecord>;
let names: MemoryNames;
/** What hosts were asked. */
let asked: string[];
let missing: boolean;
let runner: PoolRunner;
let volumes: VolumeRunner;

beforeEach(() => {
  records = new MemoryRecords();
  names = new MemoryNames();
  [asked, missing] = [[], false];
  const hosts: PoolHosts = {
    pools: () => [...records.entries.values()].map((entry) => entry.value),
    build: async ({ name }, how, permissions) => void asked.push(`build ${name} ${how} ${JSON.stringify(permissions)}`),
    remove: async ({ name }) => void asked.push(`remove ${name}`),
    look: async ({ name, path }) => {
      asked.push(`look ${name}`);
      if (missing) throw new Refusal('system_error', `cannot open directory '${path}': No such file or directory`, { domain: 18 });
      return { hostId: 'a', revision: 3 };
    },
    ask: async ({ name }, contract: RequestContract) => {
      asked.push(`${contract.subject.replace(/.*req\./, '')} ${name}`);
      return { hostId: 'a', reply: { revision: 1 } as never };
    },
  };
  runner = new PoolRunner(records, names, hosts, countingClock());
  volumes = new VolumeRunner(runner, hosts);
});

const told = (changes: readonly PoolChange[]): string[] => changes.map(({ what, record }) => `${what} ${record.name}`);
const refused = async (answer: Promise<unknown>): Promise<string> => {
  const thrown: unknown = await answer.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof Refusal)) throw new Error('nothing was refused', { cause: thrown });
  return `${thrown.code} ${thrown.libvirt}: ${thrown.message}`;
};

test('a pool lives and goes', async () => {
  expect(told(await runner.define(xml('a', '/p/a')))).toEqual(['defined a']);
  expect(told(await runner.start('a', 'new'))).toEqual(['created a', 'started a']);
  await runner.setAutostart('a', true);
  expect(told(await runner.refresh('a'))).toEqual(['refreshed a']);
  expect(told(await runner.destroy('a'))).toEqual(['stopped a']);
  expect(told(await runner.delete('a'))).toEqual(['deleted a']);
  expect(told(await runner.undefine('a'))).toEqual(['undefined a']);
  expect([records.entries.size, names.held.size]).toEqual([0, 0]);
  expect(asked).toEqual(['build a new {}', 'look a', 'look a', 'remove a']);
});

test('a definition is replaced, and what the pool does stays', async () => {
  const [change] = await runner.define(xml('a', '/p/a'));
  const uuid = change?.record.uuid ?? '';
  await runner.start('a');
  await runner.setAutostart('a', true);
  await runner.define(`<pool type='dir'><name>a</name><uuid>${uuid}</uuid><target><path>/p/a</path></target></pool>`);
  expect(await runner.record('a')).toMatchObject({ active: true, autostart: true, persistent: true });
});

test('a transient pool goes when it stops, and is not kept when it cannot start', async () => {
  expect(told(await runner.create(xml('t', '/p/t')))).toEqual(['started t']);
  await runner.destroy('t');
  missing = true;
  expect(await refused(runner.create(xml('t', '/p/t')))).toBe("system_error 38: cannot open directory '/p/t': No such file or directory");
  expect([records.entries.size, names.held.size]).toEqual([0, 0]);
});

test('a definition says which host answers, and its directory’s permissions', async () => {
  const placed = xml('a', '/p/a', '<permissions><mode>0750</mode><owner>-1</owner><group>7</group></permissions>').replace(
    '</pool>',
    '<virtbus:placement xmlns:virtbus="urn:virtbus:pool:1" host="host-b"/></pool>',
  );
  await runner.define(placed);
  const record = await runner.record('a');
  expect(record.hostId).toBe('host-b');
  expect(record.xml).toContain('<virtbus:placement xmlns:virtbus="urn:virtbus:pool:1" host="host-b"/>\n</pool>');
  await runner.build('a');
  expect(asked).toEqual(['build a new {"mode":488,"group":7}']);
});

test.each<[string, () => Promise<unknown>, string]>([
  [
    'a name that is taken',
    () => runner.define(xml('a', '/p/x')),
    "operation_failed 9: operation failed: pool 'a' already exists with uuid",
  ],
  [
    'a directory that is taken',
    () => runner.define(xml('x', '/p/a')),
    "operation_failed 9: operation failed: Storage source conflict with pool: 'a'",
  ],
  [
    'another type',
    () => runner.define("<pool type='mpath'><name>m</name><target><path>/dev</path></target></pool>"),
    'config_unsupported 67',
  ],
  ['a path that is not absolute', () => runner.define(xml('x', 'p/x')), "xml_error 27: XML error: storage pool target path 'p/x'"],
  ['a path that leads away', () => runner.define(xml('x', '/p/../etc')), 'xml_error 27'],
  [
    'a start of what runs',
    () => runner.start('a'),
    "operation_invalid 55: Requested operation is not valid: storage pool 'a' is already active",
  ],
  ['a build of what runs', () => runner.build('a'), "storage pool 'a' is already active"],
  ['an end of what runs', () => runner.undefine('a'), "storage pool 'a' is still active"],
  ['a deletion of what runs', () => runner.delete('a'), "storage pool 'a' is still active"],
  ['a stop of what does not run', () => runner.destroy('b'), "storage pool 'b' is not active"],
  ['a look at what does not run', () => runner.refresh('b'), "storage pool 'b' is not active"],
  ['a volume in what does not run', () => volumes.delete({ pool: 'b', volume: 'v' }), "storage pool 'b' is not active"],
  ['what is not there', () => runner.start('z'), "no_pool 49: Storage pool not found: no storage pool with matching name 'z'"],
  [
    'a volume called as the directory',
    () => volumes.create({ pool: 'a', xml: '<volume><name>..</name><capacity>1</capacity></volume>' }),
    'operation_invalid 55',
  ],
])('refuses %s', async (_, act, words) => {
  await runner.define(xml('a', '/p/a'));
  await runner.define(xml('b', '/p/b'));
  await runner.start('a');
  asked = [];
  expect(await refused(act())).toContain(words);
  expect(asked).toEqual([]);
});

test('a transient pool does not start by itself', async () => {
  await runner.create(xml('t', '/p/t'));
  expect(await refused(runner.setAutostart('t', true))).toBe('operation_failed 1: internal error: pool has no config file');
});

test('volumes are ordered of the host that answers', async () => {
  await runner.define(xml('a', '/p/a'));
  await runner.start('a');
  asked = [];
  const uuid = (await runner.record('a')).uuid;
  expect(await volumes.create({ pool: 'a', xml: '<volume><name>v</name><capacity>1</capacity></volume>' })).toEqual({
    pool: uuid,
    name: 'v',
    hostId: 'a',
  });
  await volumes.resize({ pool: 'a', volume: 'v', capacity: 2 });
  await volumes.wipe({ pool: 'a', volume: 'v' });
  await volumes.delete({ pool: 'a', volume: 'v' });
  expect(asked).toEqual(['volume.make a', 'volume.resize a', 'volume.wipe a', 'volume.remove a']);
});
