/** Two hosts, each with a directory that only it may have pools in: a volume is on one of them. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as contracts from '@virtbus/contracts';
import { startHostAgent } from '@virtbus/host-agent';
import { killGuests } from './leftover-guests.js';
import { TestFleet } from './test-fleet.js';

let fleet: TestFleet;
let folder: string;
let netns: string;
let second: Awaited<ReturnType<typeof startHostAgent>>;
const roots = process.env['VIRTBUS_POOL_ROOTS'];

const directoryOf = (host: string): string => join(folder, host, 'images');
const poolXml = (host: string): string => `<pool type='dir'><name>on-${host}</name><target><path>${directoryOf(host)}</path></target>
  <virtbus:placement xmlns:virtbus="urn:virtbus:pool:1" host="host-${host}"/></pool>`;
const volumeXml = (name: string): string =>
  `<volume><name>${name}</name><capacity unit='MiB'>1</capacity><target><format type='qcow2'/></target></volume>`;
const domainXml = (name: string, ...disks: string[]): string => `<domain type='qemu'><name>${name}</name><memory unit='MiB'>16</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>${disks.join('')}<memballoon model='none'/></devices></domain>`;
const disk = (type: string, source: string, target: string): string =>
  `<disk type='${type}' device='disk'><driver name='qemu' type='qcow2'/><source ${source}/><target dev='${target}' bus='virtio'/></disk>`;
const volume = (host: string, name: string, target = 'vda'): string => disk('volume', `pool='on-${host}' volume='${name}'`, target);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vbt-'));
  await chmod(folder, 0o711);
  for (const host of ['a', 'b']) await mkdir(join(folder, host));
  process.env['VIRTBUS_POOL_ROOTS'] = join(folder, 'a');
  fleet = await TestFleet.start();
  process.env['VIRTBUS_POOL_ROOTS'] = join(folder, 'b');
  netns = `${fleet.netns}-b`;
  execFileSync('ip', ['netns', 'add', netns]);
  const stateDir = join(folder, 'state');
  second = await startHostAgent({ servers: fleet.fleet.url, stateDir, hostId: 'host-b', netns, signals: false });
  for (const host of ['a', 'b']) {
    await fleet.bus.run(contracts.definePool, { xml: poolXml(host) });
    await fleet.bus.run(contracts.startPool, { pool: `on-${host}`, build: 'new' });
    await fleet.bus.run(contracts.createVolume, { pool: `on-${host}`, xml: volumeXml('disk') });
  }
}, 60_000);

afterAll(async () => {
  if (roots === undefined) delete process.env['VIRTBUS_POOL_ROOTS'];
  else process.env['VIRTBUS_POOL_ROOTS'] = roots;
  await second?.close();
  killGuests(join(folder, 'state'));
  await fleet?.stop();
  execFileSync('ip', ['netns', 'delete', netns]);
  await rm(folder, { recursive: true, force: true });
});

const startsOn = async (name: string, ...disks: string[]): Promise<string | undefined> => {
  await fleet.bus.run(contracts.defineDomain, { xml: domainXml(name, ...disks) });
  try {
    await fleet.bus.run(contracts.startDomain, { domain: name });
    const { hostId } = await fleet.bus.request(contracts.getDomain, { domain: name });
    await fleet.bus.run(contracts.destroyDomain, { domain: name });
    return hostId;
  } finally {
    await fleet.bus.run(contracts.undefineDomain, { domain: name });
  }
};

test('volumes are made on the host that the pool names, in its directory alone', () =>
  expect(['a', 'b'].map((host) => existsSync(join(directoryOf(host), 'disk')))).toEqual([true, true]));

test.each([
  ['a', 'volume'],
  ['b', 'volume'],
  ['b', 'file'],
])('a domain with a disk on host %s, by its %s, runs there', async (host, type) => {
  const source = type === 'file' ? disk('file', `file='${directoryOf(host)}/disk'`, 'vda') : volume(host, 'disk');
  expect(await startsOn(`${type}-${host}`, source)).toBe(`host-${host}`);
});

test('one whose disks are on two hosts runs nowhere, and is told why', async () => {
  const disks = [volume('a', 'disk'), volume('b', 'disk', 'vdb')];
  await expect(startsOn('torn', ...disks)).rejects.toMatchObject({
    code: 'unschedulable',
    message:
      "operation failed: no host can hold domain 'torn': host-a: volume 'disk' of storage pool 'on-b' is on host-b; " +
      "host-b: volume 'disk' of storage pool 'on-a' is on host-a",
  });
});

test('a volume that was made this instant is found, and one that is gone is missed', async () => {
  await fleet.bus.run(contracts.createVolume, { pool: 'on-b', xml: volumeXml('new') });
  expect(await startsOn('fresh', volume('b', 'new'))).toBe('host-b');
  await fleet.bus.run(contracts.deleteVolume, { pool: 'on-b', volume: 'new' });
  await expect(startsOn('fresh', volume('b', 'new'))).rejects.toMatchObject({ code: 'no_volume' });
});

test('a pool that stops takes its volumes along, and comes back with them', async () => {
  await fleet.bus.run(contracts.destroyPool, { pool: 'on-b' });
  // Scheduler and host learn of it by a watch.
  await vi.waitFor(() => expect(startsOn('idle', volume('b', 'disk'))).rejects.toMatchObject({ code: 'config_unsupported' }), 10_000);
  await fleet.bus.run(contracts.startPool, { pool: 'on-b' });
  expect(await startsOn('idle', volume('b', 'disk'))).toBe('host-b');
});

const virsh = (...args: readonly string[]) =>
  promisify(execFile)('virsh', ['-c', `qemu+unix:///system?socket=${fleet.fleet.rpc}`, ...args]);

test.each(['a', 'b'])('virsh brings a sparse file to host %s and back with its holes', async (host) => {
  const [source, back] = ['source', 'back'].map((name) => join(folder, `${host}-${name}`)) as [string, string];
  const raw = "<volume><name>raw</name><capacity unit='MiB'>64</capacity><allocation>0</allocation></volume>";
  await fleet.bus.run(contracts.createVolume, { pool: `on-${host}`, xml: raw });
  const file = await open(source, 'w');
  for (const at of [0, 16 * 1024 * 1024]) await file.write(Buffer.alloc(65_536, 'x'), 0, 65_536, at);
  await file.truncate(64 * 1024 * 1024);
  await file.close();
  await virsh('vol-upload', 'raw', source, `on-${host}`, '--sparse');
  await virsh('vol-download', 'raw', back, `on-${host}`, '--sparse');
  for (const path of [join(directoryOf(host), 'raw'), back]) {
    execFileSync('cmp', [source, path]);
    expect((await stat(path)).blocks).toBe(256);
  }
});

test('a disk carries what it may, and threads run where they may, from the start on', async () => {
  const limited = volume('a', 'disk').replace('</disk>', '<iotune><total_iops_sec>50</total_iops_sec></iotune></disk>');
  const pins = "<vcpu cpuset='0'>1</vcpu><cputune><emulatorpin cpuset='0'/></cputune><devices>";
  const { uuid } = await fleet.bus.run(contracts.defineDomain, { xml: domainXml('tuned', limited).replace('<devices>', pins) });
  await fleet.bus.run(contracts.startDomain, { domain: uuid });
  try {
    const monitor = { command: JSON.stringify({ execute: 'query-block' }) };
    const inserted = async () => {
      const { output } = await fleet.bus.run(contracts.runMonitorCommand, { domain: uuid, monitor });
      return (JSON.parse(output) as { readonly return: readonly { readonly inserted: object }[] }).return[0]?.inserted;
    };
    expect(await inserted()).toMatchObject({ iops: 50 });
    const listening = virsh('event', 'tuned', '--event', 'tunable', '--timeout', '30').then(({ stdout }) => stdout);
    // An event from before virsh listens is not told to it.
    const tuned = () => virsh('blkdeviotune', 'tuned', 'vda', '--read-iops-sec', '60', '--live', '--config').then(() => undefined);
    let told: string | undefined;
    do told = await Promise.race([listening, tuned()]);
    while (told === undefined);
    expect(told).toContain('\tblkdeviotune.disk: vda\n\tblkdeviotune.read_iops_sec: 60\n');
    expect(await inserted()).toMatchObject({ iops: 0, iops_rd: 60 });
    await virsh('vcpupin', 'tuned', '0', '0', '--live', '--config');
    const xmls = await Promise.all([['tuned'], ['tuned', '--inactive']].map((words) => virsh('dumpxml', ...words)));
    expect(xmls.map(({ stdout }) => /<iotune>\s*(.*)\s*<\/iotune>/.exec(stdout)?.[1])).toEqual(
      xmls.map(() => '<read_iops_sec>60</read_iops_sec>'),
    );
    for (const { stdout } of xmls) expect(stdout).toContain("<vcpupin vcpu='0' cpuset='0'/>");
    expect((await virsh('blkdeviotune', 'tuned', 'vda')).stdout).toContain('total_iops_sec : 0\nread_iops_sec  : 60\n');
    const { pid } = await fleet.bus.request(contracts.getDomain, { domain: uuid });
    const tasks = readdirSync(`/proc/${pid}/task`).map((task) => readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8'));
    expect(new Set(tasks.map((status) => /^Cpus_allowed_list:\t(.*)$/m.exec(status)?.[1]))).toEqual(new Set(['0']));
  } finally {
    await fleet.bus.run(contracts.destroyDomain, { domain: uuid });
    await fleet.bus.run(contracts.undefineDomain, { domain: uuid });
  }
});
