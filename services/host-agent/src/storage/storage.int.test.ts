import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Refusal, type HostPoolRecord, type PoolRecord, type VolumeRecord } from '@virtbus/contracts';
import type { StorageFacts } from './ports.js';
import { Storage } from './storage.js';
import { VolumeSessions } from './volume-sessions.js';

/** A bus with nobody on it. */
const nobody = { publishBytes: () => undefined, subscribeBytes: () => ({ ready: Promise.resolve(), close: async () => undefined }) };

const uuid = '9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f041';
const MiB = 1024 * 1024;

let folder: string;
let path: string;
let pools: PoolRecord[];
let said: Map<string, VolumeRecord>;
let storage: Storage;

class MemoryFacts implements StorageFacts {
  readonly here = new Map<string, HostPoolRecord>();
  pools = () => [...this.here.values()];
  volumes = () => [...said.values()];
  volume = (_: string, name: string) => said.get(name);
  async hasPool(record: HostPoolRecord) {
    this.here.set(record.uuid, record);
    return 1;
  }
  async lostPool(of: string) {
    this.here.delete(of);
  }
  async hasVolume(record: VolumeRecord) {
    said.set(record.name, record);
    return said.size;
  }
  async lostVolume(_: string, name: string) {
    said.delete(name);
  }
}
let facts: MemoryFacts;

const poolRecord = (more: Partial<PoolRecord> = {}): PoolRecord => ({
  uuid,
  name: 'images',
  path,
  xml: '',
  persistent: true,
  autostart: false,
  active: true,
  ...more,
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vb-storage-'));
  path = join(folder, 'pool');
  mkdirSync(path);
  pools = [poolRecord()];
  said = new Map();
  facts = new MemoryFacts();
  const log = { log: () => undefined, warn: () => undefined, error: (words: string, cause: unknown) => console.error(words, cause) };
  const world = { hostId: 'a', roots: [folder], pools: { all: () => pools, onChange: () => undefined }, facts, log };
  storage = new Storage(world, new VolumeSessions(nobody));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const pool = () => ({ uuid, path });
const of = (volume: string) => ({ ...pool(), volume });
const xml = (name: string, { capacity = MiB, format = 'raw', more = '', below = '' } = {}) =>
  `<volume><name>${name}</name><capacity>${capacity}</capacity>${more}<target><format type='${format}'/></target>${below}</volume>`;
const make = (name: string, how: Parameters<typeof xml>[1] = {}, from?: string) =>
  storage.make({ ...pool(), xml: xml(name, how), ...(from === undefined ? {} : { from: of(from) }) });
const qemuImg = (...args: string[]) => execFileSync('qemu-img', args, { cwd: path, stdio: 'pipe' });
const refused = async (act: Promise<unknown>): Promise<string> => {
  const thrown: unknown = await act.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof Refusal)) throw new Error('nothing was refused', { cause: thrown });
  return `${thrown.code} ${thrown.libvirt}: ${thrown.message.replaceAll(folder, '')}`;
};

describe('a pool', () => {
  test('is looked at: files and directories, and neither links nor pipes', async () => {
    writeFileSync(join(path, 'a.txt'), 'hello');
    mkdirSync(join(path, 'sub'));
    symlinkSync('/etc/passwd', join(path, 'link'));
    execFileSync('mkfifo', [join(path, 'pipe')]);
    qemuImg('create', '-q', '-f', 'qcow2', 'q.qcow2', '8M');
    await storage.facts.look(pool());
    const found = [...said.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    expect(found.map(({ name, type, capacity, format }) => [name, type, capacity, format])).toEqual([
      ['a.txt', 'file', 5, 'raw'],
      ['q.qcow2', 'file', 8 * MiB, 'qcow2'],
      ['sub', 'dir', 0, 'dir'],
    ]);
    expect(facts.here.get(uuid)?.capacity).toBeGreaterThan(0);
  });

  test('is looked at again: what went is gone, and nothing is written that was said', async () => {
    writeFileSync(join(path, 'a'), '');
    writeFileSync(join(path, 'b'), '');
    await storage.facts.look(pool());
    rmSync(join(path, 'a'));
    expect(await storage.facts.look(pool())).toEqual({ revision: 0 });
    expect([...said.keys()]).toEqual(['b']);
  });

  test('is on a host that has its directory, as long as it is active', async () => {
    writeFileSync(join(path, 'a'), '');
    await storage.facts.reconcile();
    expect([facts.here.size, said.size]).toEqual([1, 1]);
    pools = [poolRecord({ active: false })];
    await storage.facts.reconcile();
    expect([facts.here.size, said.size]).toEqual([0, 0]);
    pools = [poolRecord({ path: join(folder, 'elsewhere') })];
    await storage.facts.reconcile();
    expect(facts.here.size).toBe(0);
  });

  test('gets its directory and its permissions, and loses it when it is empty', async () => {
    const deep = { uuid, path: join(folder, 'x/y') };
    await storage.build({ ...deep, build: 'new', mode: 0o750 });
    expect(statSync(deep.path).mode & 0o777).toBe(0o750);
    writeFileSync(join(deep.path, 'a'), '');
    expect(await refused(storage.remove(deep))).toBe("system_error 38: failed to remove pool '/x/y': Directory not empty");
    rmSync(join(deep.path, 'a'));
    await storage.remove(deep);
    expect(await refused(storage.facts.look(deep))).toBe("system_error 38: cannot open directory '/x/y': No such file or directory");
  });

  test('lies nowhere else than it may, by no way', async () => {
    symlinkSync('/etc', join(folder, 'out'));
    expect(await refused(storage.facts.look({ uuid, path: '/etc' }))).toContain("operation_failed 9: operation failed: '/etc' may hold no");
    expect(await refused(storage.facts.look({ uuid, path: join(folder, 'out') }))).toContain("'/etc' may hold no storage pool");
    expect(await refused(storage.build({ uuid, path: '/etc/pool', build: 'new' }))).toContain("'/etc/pool' may hold no storage pool");
  });
});

describe('a volume', () => {
  test('is made: raw takes its space unless it says otherwise', async () => {
    await make('full');
    await make('sparse', { more: '<allocation>0</allocation>' });
    const blocks = (name: string) => [statSync(join(path, name)).size, statSync(join(path, name)).blocks * 512];
    expect([blocks('full'), blocks('sparse')]).toEqual([
      [MiB, MiB],
      [MiB, 0],
    ]);
    expect(statSync(join(path, 'full')).mode & 0o777).toBe(0o600);
    expect([...said.keys()]).toEqual(['full', 'sparse']);
    expect(readdirSync(path)).toEqual(['full', 'sparse']);
  });

  test('is made as qcow2, upon another, and as a copy', async () => {
    await make('base', { format: 'qcow2', capacity: 4 * MiB });
    await make('top', { format: 'qcow2', below: `<backingStore><path>${path}/base</path><format type='qcow2'/></backingStore>` });
    expect(said.get('top')?.xml).toContain(`<path>${path}/base</path>`);
    writeFileSync(join(path, 'raw'), 'some bytes');
    truncateSync(join(path, 'raw'), MiB);
    await make('copy', { format: 'qcow2', capacity: 1 }, 'raw');
    await make('back', { capacity: 1 }, 'copy');
    expect(said.get('copy')).toMatchObject({ format: 'qcow2', capacity: MiB });
    expect(readFileSync(join(path, 'back'))).toEqual(readFileSync(join(path, 'raw')));
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['one of that name', () => make('held'), "volume_exists 90: storage volume 'held' exists already"],
    ['one too large', () => make('huge', { capacity: 2 ** 52 }), "system_error 38: cannot extend file '/pool/huge': File too large"],
    ['a format that cannot be made', () => make('a', { format: 'vmdk' }), 'config_unsupported 67: unsupported configuration: a volume of'],
    ['an image upon none', () => make('a', { format: 'qcow2', below: below('/pool/none') }), 'no_volume 50: Storage volume not found'],
    [
      'one upon a file of the host',
      () => make('a', { format: 'qcow2', below: below('/etc/passwd', '') }),
      'operation_failed 9: operation failed:',
    ],
    ['a copy of nothing', () => make('a', {}, 'none'), "no_volume 50: Storage volume not found: no storage vol with matching name 'none'"],
  ])('is not made: %s', async (_, act, words) => {
    writeFileSync(join(path, 'held'), '');
    expect(await refused(act())).toContain(words);
    expect(readdirSync(path)).toEqual(['held']);
  });

  const below = (image: string, root = folder) => `<backingStore><path>${root}${image}</path><format type='raw'/></backingStore>`;

  test('that names a file of the host below it is neither copied nor used', async () => {
    qemuImg('create', '-q', '-f', 'qcow2', '-u', '-b', '/etc/passwd', '-F', 'raw', 'evil', '1M');
    expect(await refused(make('copy', {}, 'evil'))).toContain("'/pool/evil' cannot be used: its backing file '/etc/passwd' lies in no");
    expect(await refused(storage.volumeOfDisk('images', 'evil'))).toContain('cannot be used');
    expect(await refused(storage.mayBeDisk(join(path, 'evil')))).toContain('cannot be used');
    await expect(storage.mayBeDisk(join(path, 'not-there'))).resolves.toBeUndefined();
    await expect(storage.mayBeDisk('/etc/passwd')).resolves.toBeUndefined();
  });

  test('is where a disk finds it, in an active pool', async () => {
    await make('disk');
    expect(await storage.volumeOfDisk('images', 'disk')).toEqual({ type: 'file', path: join(path, 'disk') });
    expect(await refused(storage.volumeOfDisk('none', 'disk'))).toContain('no_pool 49');
    expect(await refused(storage.volumeOfDisk('images', 'none'))).toContain('no_volume 50');
    pools = [poolRecord({ active: false })];
    expect(await refused(storage.volumeOfDisk('images', 'disk'))).toContain("storage pool 'images' containing volume 'disk' is not active");
  });

  test('is resized', async () => {
    await make('raw', { more: '<allocation>0</allocation>' });
    await make('q', { format: 'qcow2' });
    await storage.resize({ ...of('raw'), capacity: MiB, delta: true });
    await storage.resize({ ...of('q'), capacity: 3 * MiB });
    expect([said.get('raw')?.capacity, said.get('q')?.capacity]).toEqual([2 * MiB, 3 * MiB]);
    expect(await refused(storage.resize({ ...of('q'), capacity: 1 }))).toContain("invalid_argument 8: invalid argument: Can't shrink");
    await storage.resize({ ...of('q'), capacity: MiB, shrink: true });
    expect(said.get('q')?.capacity).toBe(MiB);
    expect(await refused(storage.resize({ ...of('q'), capacity: 2 * MiB, allocate: true }))).toContain('operation_unsupported 84');
    await storage.resize({ ...of('raw'), capacity: 3 * MiB, allocate: true });
    expect(said.get('raw')?.allocation).toBe(3 * MiB);
  });

  test('is wiped', async () => {
    await make('a');
    writeFileSync(join(path, 'a'), Buffer.alloc(MiB, 'x'));
    await storage.wipe(of('a'));
    expect(readFileSync(join(path, 'a')).every((byte) => byte === 0)).toBe(true);
    expect(statSync(join(path, 'a')).size).toBe(MiB);
  });

  test('is one name in the pool, and no link', async () => {
    symlinkSync('/etc/passwd', join(path, 'link'));
    mkdirSync(join(path, 'sub'));
    for (const name of ['link', '..', 'none', '../pool/sub'])
      for (const way of ['download', 'upload'] as const)
        expect(await refused(storage[way]({ ...of(name), offset: 0 }))).toContain('no_volume 50');
    expect(await refused(storage.download({ ...of('sub'), offset: 0 }))).toContain("path '/pool/sub': Is a directory");
    await storage.removeVolume(of('link'));
    expect(readFileSync('/etc/passwd').length).toBeGreaterThan(0);
    await storage.removeVolume(of('sub'));
    expect(readdirSync(path)).toEqual([]);
  });

  test('that was not finished is taken away when the agent is back, and others are left', async () => {
    writeFileSync(join(path, '.virtbus-a-1'), '');
    writeFileSync(join(path, '.virtbus-b-1'), '');
    await storage.restore();
    expect(readdirSync(path)).toEqual(['.virtbus-b-1']);
    await storage.facts.reconcile();
    expect(said.size).toBe(0);
  });
});
