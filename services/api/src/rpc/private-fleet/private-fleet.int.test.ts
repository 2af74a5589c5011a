import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RpcServer } from '@virtbus/libvirt-rpc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../handlers/index.js';
import { Session } from '../session.js';
import { TestGateway } from '../testing.js';

const policy = { type: 'none', identity: { name: 'root', by: 'socket' } } as const;

/** virsh on `test+tcp://HOST/default`: a fleet of its own for each connection. */
describe('a private fleet', () => {
  const real = new TestGateway();
  const server = new RpcServer<Session>({
    routes,
    open: (client) => new Session(client, real.gateway),
    onClose: (session) => void session.close(),
    onFault: (error) => console.error(error),
  });
  let directory: string;
  let uri: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'vb-private-'));
    const port = await freePort();
    await server.listen({ host: '127.0.0.1', port }, policy);
    uri = `test+tcp://127.0.0.1:${port}/default`;
  });

  afterAll(async () => {
    await server.close();
    await rm(directory, { recursive: true, force: true });
  });

  const virsh = (...args: readonly string[]): Promise<string> =>
    new Promise((answer) => {
      execFile('virsh', ['-c', uri, ...args], { env: { ...process.env, LC_ALL: 'C', HOME: directory }, timeout: 20_000 }, (_, out, err) =>
        answer((out + err).trim()),
      );
    });

  /** Several commands over one connection. */
  const session = (...commands: readonly string[]): Promise<string> => virsh(commands.join('; '));

  test.each<[string, string, string]>([
    ['a domain runs', 'list --all', '1 test running'],
    ['a network is active', 'net-list --all', 'default active no yes'],
    ['the host has an interface', 'iface-list --all', 'eth1 active aa:bb:cc:dd:ee:ff'],
    ['a pool is active', 'pool-list --all --details', 'default-pool running no yes 100.00 GiB 0.00 B 100.00 GiB'],
    ['the host is a device', 'nodedev-list', 'computer'],
    ['its uuid is the documented one', 'domuuid test', '6695eb01-f6a4-8304-79aa-97f2502e193f'],
    ['it has an interface', 'domiflist test', 'testnet0 network default rtl8139 aa:bb:cc:dd:ee:ff'],
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
    expect(real.sent).toEqual([]);
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

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
