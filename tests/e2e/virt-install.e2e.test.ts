import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { guestAppend } from '../../tools/guest/guest.ts';
import { guestFiles, labXml } from './guest-definitions.js';
import { TestFleet } from './test-fleet.js';

const run = promisify(execFile);
const patience = { timeout: 60_000, interval: 200 };

/** What makes guests for those who write no XML, and what shows them. */
describe('virt-install', () => {
  let fleet: TestFleet;
  let uri: string;
  const started: ChildProcess[] = [];

  const virsh = async (...args: readonly string[]) => (await run('virsh', ['-q', '-c', uri, ...args], { timeout: 60_000 })).stdout;
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(fleet.stateDir, name);
    await writeFile(path, text);
    return path;
  };
  /** The test guest has no disk of its own: its kernel is given. */
  const options = (name: string, ...more: readonly string[]): string[] => {
    const { kernel, initrd } = guestFiles();
    const boot = `kernel=${kernel},initrd=${initrd},kernel_args=${guestAppend({ hostname: name })}`;
    const guest = ['--name', name, '--memory', '112', '--virt-type', 'qemu', '--osinfo', 'detect=off,require=off', '--graphics', 'none'];
    return ['--connect', uri, '--import', ...guest, '--network', 'network=lab', '--boot', boot, ...more];
  };
  const env = () => ({ ...process.env, HOME: fleet.stateDir, LC_ALL: 'C' });
  const install = (name: string, ...more: readonly string[]) =>
    run('virt-install', options(name, '--noautoconsole', ...more), { env: env(), timeout: 90_000 });

  beforeAll(async () => {
    fleet = await TestFleet.start({ separate: true });
    uri = `qemu+unix:///system?socket=${join(fleet.stateDir, 'libvirt-sock')}`;
    await virsh('net-define', await file('lab.xml', labXml));
    await virsh('net-start', 'lab');
    const images = join(fleet.stateDir, 'images');
    await mkdir(images);
    await virsh('pool-define-as', 'default', 'dir', '--target', images);
    await virsh('pool-start', 'default');
  }, 60_000);

  afterAll(async () => {
    for (const child of started) child.kill('SIGKILL');
    await fleet.stop();
  });

  test('makes a guest and opens its console', async () => {
    const words = ['virt-install', ...options('one', '--disk', 'none')].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qefc', words, '/dev/null'], { env: env(), stdio: ['pipe', 'pipe', 'pipe'] });
    started.push(child);
    // It is written to until it has gone.
    child.stdin.on('error', () => undefined);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await vi.waitFor(() => {
      child.stdin.write('echo -e 4\\\\062x\n');
      expect(said).toContain('42x');
    }, patience);
    await vi.waitFor(() => {
      child.stdin.write('\u001D');
      expect(child.exitCode, said).toBe(0);
    }, patience);
    expect(await virsh('domstate', 'one')).toBe('running\n');
  });

  test('makes the volume of a guest in the default pool, and virsh removes it with the guest', async () => {
    await install('two', '--disk', 'size=0.01,bus=virtio');
    expect(await virsh('vol-list', 'default', '--details')).toMatch(/^ ?two\.qcow2 .* file +10\.24 MiB/m);
    expect(await virsh('domblklist', 'two')).toMatch(/vda +\S+\/images\/two\.qcow2/);
    await virsh('destroy', 'two');
    await virsh('undefine', 'two', '--remove-all-storage');
    expect(await virsh('vol-list', 'default')).not.toContain('two');
  });

  test('takes an image that lies elsewhere, whose folder becomes a pool', async () => {
    const path = join(fleet.stateDir, 'elsewhere', 'disk.img');
    await mkdir(join(fleet.stateDir, 'elsewhere'));
    await install('three', '--disk', `path=${path},size=0.01,format=raw,sparse=yes,bus=virtio`);
    expect(await virsh('pool-list')).toMatch(/^ ?elsewhere +active/m);
    expect(await virsh('vol-info', path)).toContain('10.24 MiB');
    await virsh('destroy', 'three');
  });

  test('is told why a guest cannot be', async () => {
    const failure = await install('four', '--disk', 'vol=default/none.img').then(
      () => ({ stderr: 'nothing was refused' }),
      (error: { stderr: string }) => error,
    );
    expect(failure.stderr).toContain("Storage volume not found: no storage vol with matching name 'none.img'");
    expect(await virsh('list', '--all', '--name')).not.toContain('four');
  });

  test('a disk of type volume is where its pool has it', async () => {
    await virsh('vol-create-as', 'default', 'data.qcow2', '8M', '--format', 'qcow2');
    await install('five', '--disk', 'none');
    await virsh('destroy', 'five');
    const disk = `<disk type='volume' device='disk'><driver name='qemu' type='qcow2'/><source pool='default' volume='data.qcow2'/><target dev='vdb' bus='virtio'/></disk>`;
    const xml = await virsh('dumpxml', 'five', '--inactive');
    await virsh('define', await file('five.xml', xml.replace('</devices>', `${disk}</devices>`)));
    await virsh('start', 'five');
    expect(await virsh('dumpxml', 'five')).toContain(`<source pool='default' volume='data.qcow2'`);
    await virsh('destroy', 'five');
    await virsh('vol-delete', 'data.qcow2', 'default');
    const refused = async () => {
      const failure: { stderr?: string } = await virsh('start', 'five').then(
        () => ({}),
        (error: { stderr: string }) => error,
      );
      return failure.stderr;
    };
    expect(await refused()).toContain("Storage volume not found: no storage vol with matching name 'data.qcow2'");
    await virsh('pool-destroy', 'default');
    expect(await refused()).toContain("storage pool 'default' containing volume 'data.qcow2' is not active");
    await virsh('pool-start', 'default');
  });

  test('virt-manager lists the fleet and opens a guest', async () => {
    await virsh('vol-create-as', 'default', 'seen.img', '1M');
    const browse = resolve(import.meta.dirname, '../clients/browse.py');
    const { stdout } = await run(browse, [uri, 'one'], { timeout: 90_000 });
    expect(stdout.replace(/^pool: elsewhere.*\n/m, '')).toMatchInlineSnapshot(`
      "connection: QEMU 1 True True
      capabilities: 1 domain: True
      listens to: domain agent network pool refresh device
      domains: five one three
      networks: lab=1
      devices: 0 interfaces: 0
      pool: default 2 0 1 True ['seen.img 1048576 True']
      domain: 1 1 0 0 0
      xml: True True
      used: 5 True True
      title: 80
      console: True
      "
    `);
    await virsh('destroy', 'one');
  });
});
