import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestDoor } from './test-door.js';

/** virsh on `test+tcp://HOST/default`: a fleet of its own for each connection. */
describe('a private fleet', () => {
  let door: TestDoor;
  let directory: string;

  beforeAll(async () => {
    door = await TestDoor.open();
    ({ directory } = door);
  });

  afterAll(() => door?.close());

  const virsh = async (...args: readonly string[]): Promise<string> => {
    const { stdout, stderr } = await door.virsh(door.uri, ...args);
    return (stdout + stderr).trim();
  };

  /** Several commands over one connection. */
  const session = (...commands: readonly string[]): Promise<string> => virsh(commands.join('; '));

  test.each<[string, string, string]>([
    ['a domain runs', 'list --all', '1 test running'],
    ['a network is active', 'net-list --all', 'default active no yes'],
    ['the host has an interface', 'iface-list --all', 'eth1 active aa:bb:cc:dd:ee:ff'],
    ['a pool is active', 'pool-list --all --details', 'default-pool running no yes 100.00 GiB 0.00 B 100.00 GiB'],
    ['the host is a device', 'nodedev-list', 'computer'],
    ['its uuid is the documented one', 'domuuid test', '6695eb01-f6a4-8304-79aa-97f2502e193f'],
    ['it has an interface', 'domiflist test', 'testnet0 network default - aa:bb:cc:dd:ee:ff'],
  ])('%s: %s', async (_, command, answer) => expect(rows(await session(command))).toEqual([answer]));

  test('says that it is simulated', async () => expect(await session('version')).toContain('Using API: TEST'));

  test('a guest goes through its life, and its shutdown is heeded', async () => {
    const said = await session(
      'suspend test',
      'domstate test --reason',
      'resume test',
      'shutdown test',
      'domstate test --reason',
      'start test',
      'domid test',
    );
    expect(rows(said)).toEqual([
      "Domain 'test' suspended",
      'paused (user)',
      "Domain 'test' resumed",
      "Domain 'test' is being shutdown",
      'shut off (shutdown)',
      "Domain 'test' started",
      '2',
    ]);
  });

  test('definitions are kept as long as the connection, and seen by nobody else', async () => {
    const file = join(directory, 'mine.xml');
    await writeFile(file, `<domain type='test'><name>mine</name><memory>1024</memory><os><type>hvm</type></os></domain>`);
    expect(await session(`define ${file}`, 'list --all --name')).toContain('mine');
    expect(rows(await session('list --all --name'))).toEqual(['test']);
    expect(door.real.sent).toEqual([]);
  });

  test('volumes are made, counted and gone', async () => {
    const said = await session(
      'vol-create-as default-pool a 1G --format qcow2',
      'pool-info default-pool --bytes',
      'vol-resize a 2G default-pool',
      'vol-info a default-pool',
      'vol-create-as default-pool b 200G',
      'vol-delete a default-pool',
      'vol-list default-pool --details',
    );
    expect(said).toContain('Vol a created');
    expect(said).toMatch(/Allocation: +1073741824/);
    expect(said).toMatch(/Capacity: +2\.00 GiB/);
    expect(said).toContain("Not enough free space in pool for volume 'b'");
    expect(said).toContain('Vol a deleted');
    expect(await session('pool-destroy default-pool', 'vol-list default-pool')).toContain("storage pool 'default-pool' is not active");
    expect(await session('vol-download a /dev/null default-pool')).toContain("failed to get vol 'a'");
  });

  test('what a guest has is changed as it runs, in its definition, or not at all', async () => {
    const said = await session(
      'setmem test 1G --live',
      'setmem test 3G --config',
      'setmem test 9G --live',
      'dominfo test',
      'dumpxml test --inactive --xpath /domain/currentMemory',
    );
    expect(said).toContain('cannot set memory higher than max memory');
    expect(said).toMatch(/Used memory: +1048576 KiB/);
    expect(said).toContain('<currentMemory unit="KiB">3145728</currentMemory>');
  });

  test('clients find kinds of guests that they can define', async () => {
    const said = await session('capabilities', 'maxvcpus');
    expect(said).toContain("<domain type='test'/>");
    expect(said).toMatch(/^32$/m);
  });

  test('what nobody simulates is refused in libvirt’s words', async () =>
    expect(await session('attach-interface test network default')).toContain(
      'this function is not supported by the connection driver: virDomainAttachDevice',
    ));

  test('a wrong order is refused as on a real fleet', async () => {
    expect(await session('start test')).toContain('Domain is already active');
    expect(await session('destroy nobody')).toContain("failed to get domain 'nobody'");
    expect(await session('net-start default')).toContain('network is already active');
  });

  test('events are told', async () => {
    const said = await session('event --all --timeout 1');
    expect(said).toContain('event loop timed out');
  });
});

/** What is in a table, or said in a line: without the head, and with one blank between words. */
const rows = (text: string): string[] => {
  const lines = text.split('\n').map((line) => line.trim().replace(/\s+/g, ' '));
  return lines.slice(lines.findIndex((line) => line.startsWith('----')) + 1).filter(Boolean);
};
