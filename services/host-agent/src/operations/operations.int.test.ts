import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Refusal } from '@virtbus/contracts';
import type { DomainEntry } from '../core/domain-entry.js';
import { FakeLinks } from '../links/fake-links.js';
import type { LiveGuest } from '../live-guest.js';
import type { RunningQemu } from '../qemu/qemu.js';
import { localQemus } from '../qemu/qemus.js';
import { countersOf } from './counters.js';
import { setBlockThreshold } from './block-threshold.js';
import { sendKeys } from './keyboard.js';
import { limitDisks } from './limit-disks.js';
import { liveDefinition } from './live-definition.js';
import { setMemory } from './memory.js';
import { runMonitorCommand } from './monitor-command.js';
import { pinThread, pinThreads } from './pin-threads.js';
import { setVcpus } from './processors.js';
import { resizeDisk } from './resize-disk.js';
import { Screenshots } from './screenshots.js';
import { tuneDisk } from './tune-disk.js';

const uuid = randomUUID();
const xml = `<domain type='qemu' id='1'><name>a</name><uuid>${uuid}</uuid><memory>65536</memory><vcpu current='1'>2</vcpu><os><type>hvm</type></os>
  <devices>
    <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/dev/zero'/><target dev='vda' bus='virtio'/><alias name='virtio-disk0'/></disk>
    <video><model type='vga'/><alias name='video0'/></video>
    <memballoon model='virtio'><alias name='balloon0'/></memballoon>
  </devices></domain>`;

let root: string;
let qemu: RunningQemu;
let guest: LiveGuest & { entry: DomainEntry };
const shots = new Screenshots();

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'operations-'));
  qemu = await localQemus.launch({
    binary: process.env['VIRTBUS_QEMU'] ?? '/usr/bin/qemu-system-x86_64',
    argv: [
      ...['-machine', 'pc', '-accel', 'tcg', '-m', '64', '-smp', '1,maxcpus=2,sockets=2,cores=1,threads=1', '-nodefaults'],
      ...['-no-user-config', '-display', 'none', '-S', '-uuid', uuid, '-device', 'VGA,id=video0'],
      ...[
        '-device',
        'virtio-balloon-pci,id=balloon0',
        '-blockdev',
        'driver=null-co,node-name=libvirt-1-storage,size=1048576,read-zeroes=on',
      ],
      ...['-blockdev', 'driver=raw,node-name=libvirt-1-format,file=libvirt-1-storage'],
      ...['-device', 'virtio-blk-pci,drive=libvirt-1-format,id=virtio-disk0'],
    ],
    name: 'a',
    uuid,
    directory: join(root, 'a'),
    extraDescriptors: [],
    logFile: join(root, 'a.log'),
  });
  const entry = { uuid, name: 'a', state: 'running', reason: 'booted', interfaces: [], xml } as unknown as DomainEntry;
  guest = {
    entry,
    monitor: qemu.monitor,
    pid: qemu.pid,
    cardFilter: () => Promise.reject(new Error('not asked here')),
    leaveToAgent: () => undefined,
    amend: async (change) => void (guest.entry = change(guest.entry)),
  };
  await qemu.monitor.execute('cont');
});

afterAll(async () => {
  shots.close();
  await qemu.destroy({ termMs: 0 });
  await rm(root, { recursive: true, force: true });
});

const codeOf = (act: Promise<unknown>) =>
  act.then(
    () => 'nothing was refused',
    (thrown: unknown) => (thrown instanceof Refusal ? thrown.code : thrown),
  );

test('keys are pressed, and those that QEMU does not know are told', async () => {
  await sendKeys(guest, { keycodes: [29, 56, 111], holdMs: 10 });
  expect(await codeOf(sendKeys(guest, { keycodes: [600] }))).toBe('invalid_argument');
});

test('the monitor answers in both tongues, with its own errors', async () => {
  expect(JSON.parse(await runMonitorCommand(qemu.monitor, { command: '{"execute":"query-status","id":"mine"}' }))).toMatchObject({
    return: { running: true },
    id: 'mine',
  });
  expect(JSON.parse(await runMonitorCommand(qemu.monitor, { command: '{"execute":"nope"}' }))).toMatchObject({
    error: { class: 'CommandNotFound' },
  });
  expect(await runMonitorCommand(qemu.monitor, { command: 'info status', hmp: true })).toContain('VM status: running');
  expect(await codeOf(runMonitorCommand(qemu.monitor, { command: '{"execute":1}' }))).toBe('invalid_argument');
});

test('a picture comes in pieces that make it up, and leaves no file', async () => {
  const first = await shots.take(guest, join(root, 'a'));
  const pieces = [Buffer.from(first.data, 'base64')];
  for (let at = pieces[0]!.length; at < first.bytes;) {
    const next = shots.next({ uuid, id: first.id, offset: at });
    pieces.push(Buffer.from(next.data, 'base64'));
    at += pieces.at(-1)!.length;
  }
  const picture = Buffer.concat(pieces);
  expect([picture.length, picture.subarray(1, 4).toString()]).toEqual([first.bytes, 'PNG']);
  expect((await readdir(join(root, 'a'))).filter((name) => name.startsWith('screen-'))).toEqual([]);
  expect(() => shots.next({ uuid, id: first.id, offset: 0 })).toThrow('not kept any more');
  expect(await codeOf(shots.take(guest, join(root, 'a'), 1))).toBe('invalid_argument');
});

test('the balloon is asked for memory, never for more than there is', async () => {
  await setMemory(guest, 32_768);
  expect(await codeOf(setMemory(guest, 65_537))).toBe('invalid_argument');
});

test('a processor is plugged and on record; more than there is room for are refused', async () => {
  await setVcpus(guest, 2);
  expect(await qemu.monitor.execute('query-cpus-fast')).toHaveLength(2);
  expect(guest.entry.xml).toContain(`<vcpu placement='static'>2</vcpu>`);
  expect(await codeOf(setVcpus(guest, 3))).toBe('invalid_argument');
  // Nobody in the guest lets the processor go, and QEMU says so at once.
  await expect(setVcpus(guest, 1)).rejects.toThrow('unplug');
  expect(guest.entry.xml).toContain(`<vcpu placement='static'>2</vcpu>`);
}, 20_000);

test('what a guest uses is counted, in libvirt’s names', async () => {
  const { stats, partial } = await countersOf(guest, undefined, new FakeLinks());
  expect(partial).toBeUndefined();
  expect(stats).toMatchObject({
    'state.state': 1,
    'state.reason': 1,
    'balloon.maximum': 65_536,
    'vcpu.current': 2,
    'vcpu.maximum': 2,
    'net.count': 0,
    'block.count': 1,
    'block.0.name': 'vda',
    'block.0.rd.reqs': expect.any(Number),
    'block.0.capacity': 1_048_576,
  });
  expect(stats['cpu.time']).toBeGreaterThan(0);
  expect(stats['balloon.rss']).toBeGreaterThan(1_000);
  expect((await countersOf(guest, ['vcpu'], new FakeLinks())).stats).not.toHaveProperty('cpu.time');
});

test('a disk that there is not has no other size, and QEMU says what it cannot make larger', async () => {
  await expect(resizeDisk(guest, { disk: 'vdq', bytes: 4096 })).rejects.toMatchObject({ code: 'invalid_argument' });
  await expect(resizeDisk(guest, { disk: 'vda', bytes: 4096 })).rejects.toThrow(/resiz/i);
});

describe('limits of disks', () => {
  const limited = (iotune: object) => liveDefinition(guest.entry).devices.disk.map((disk) => ({ ...disk, iotune }));
  const throttle = async (): Promise<Record<string, unknown>> => {
    const [drive] = await qemu.monitor.execute('query-block');
    const all = Object.entries(drive?.['inserted'] as object).filter(([name]) => /^(bps|iops|group)/.test(name));
    return Object.fromEntries(all.filter(([name, value]) => value !== 0 && (name !== 'group' || value === 'both')));
  };

  test.each<[string, object, object]>([
    ['bytes and operations', { totalBytesSec: 1_000_000, readIopsSec: 100 }, { bps: 1_000_000, iops_rd: 100 }],
    [
      'bursts, with how long they last and how large operations count',
      { writeBytesSec: 10_000, writeBytesSecMax: 20_000, writeBytesSecMaxLength: 5, totalIopsSec: 9, sizeIopsSec: 4_096 },
      { bps_wr: 10_000, bps_wr_max: 20_000, bps_wr_max_length: 5, iops: 9, iops_size: 4_096 },
    ],
    ['a group', { totalIopsSec: 7, groupName: 'both' }, { iops: 7, group: 'both' }],
    ['none any more', { totalIopsSec: 0 }, {}],
  ])('%s', async (_, iotune, expected) => {
    await limitDisks(qemu.monitor, limited(iotune));
    expect(await throttle()).toEqual(expected);
  });

  test('are changed while it runs, and are on record', async () => {
    await tuneDisk(guest, { disk: 'vda', limits: { totalBytesSec: 2_000_000, totalIopsSec: 5 } });
    await tuneDisk(guest, { disk: '/dev/zero', limits: { readIopsSec: 6 } });
    expect(await throttle()).toEqual({ bps: 2_000_000, iops_rd: 6 });
    expect(guest.entry.xml).toMatch(/<total_bytes_sec>2000000<.*\s*<read_iops_sec>6</);
    await expect(tuneDisk(guest, { disk: 'vda', limits: { readBytesSecMaxLength: 4 } })).rejects.toThrow(
      'burst length set without burst rate',
    );
    await expect(tuneDisk(guest, { disk: 'vdz', limits: {} })).rejects.toThrow("disk 'vdz' not found in domain");
    expect(guest.entry.xml).not.toContain('max_length');
    await tuneDisk(guest, { disk: 'vda', limits: { totalBytesSec: 0, totalIopsSec: 0 } });
    expect([await throttle(), guest.entry.xml]).toEqual([{}, expect.not.stringContaining('iotune')]);
  });

  test('of a drive that there is not, or that has no limits, are left alone', async () => {
    await limitDisks(qemu.monitor, [{ ...limited({ totalIopsSec: 3 })[0]!, alias: { name: 'virtio-disk9' } }]);
    await limitDisks(qemu.monitor, liveDefinition(guest.entry).devices.disk);
    expect(await throttle()).not.toHaveProperty('iops');
  });
});

describe('where threads run', () => {
  const allowed = async () => {
    const vcpus = (await qemu.monitor.execute('query-cpus-fast')).map((each) => each['thread-id']);
    const others = (await readdir(`/proc/${qemu.pid}/task`)).map(Number).filter((tid) => !vcpus.includes(tid));
    const of = (tid: number) => /^Cpus_allowed_list:\t(.*)$/m.exec(readFileSync(`/proc/${qemu.pid}/task/${tid}/status`, 'utf8'))?.[1];
    return { vcpus: vcpus.map(of), others: [...new Set(others.map(of))] };
  };
  const pinned = (vcpu: object, cputune?: object) => {
    const { cputune: _, ...definition } = liveDefinition(guest.entry);
    const tuning = { vcpupin: [], iothreadpin: [], ...cputune };
    return { ...definition, vcpu: { ...definition.vcpu, ...vcpu }, ...(cputune && { cputune: tuning }) } as typeof definition;
  };
  const anywhere = readFileSync('/proc/self/status', 'utf8').match(/^Cpus_allowed_list:\t(.*)$/m)?.[1] ?? '';

  test.each<[string, object, object | undefined, string, string]>([
    ['the emulator apart from the processors', {}, { emulatorpin: { cpuset: '0' } }, anywhere, '0'],
    ['a processor of its own', {}, { vcpupin: [{ vcpu: 0, cpuset: '0' }] }, '0', anywhere],
    ['all where the domain may run', { cpuset: '0' }, undefined, '0', '0'],
    ['what the machine does not have counts for nothing', { cpuset: '0,900' }, { emulatorpin: { cpuset: '0-900' } }, '0', anywhere],
  ])('%s', async (_, vcpu, cputune, first, others) => {
    await pinThreads(qemu, pinned({}, { emulatorpin: { cpuset: '0-1023' } }));
    await pinThreads(qemu, pinned(vcpu, cputune));
    const now = await allowed();
    expect([now.vcpus[0], now.others]).toEqual([first, [others]]);
  });

  test('is changed while it runs, and is on record', async () => {
    await pinThread(guest, { vcpu: 0, cpuset: '0' });
    await pinThread(guest, { cpuset: '0,900' });
    expect(await allowed()).toMatchObject({ vcpus: expect.arrayContaining(['0']), others: ['0'] });
    expect(guest.entry.xml).toMatch(/<vcpupin vcpu='0' cpuset='0'\/>\s*<emulatorpin cpuset='0,900'\/>/);
    await expect(pinThread(guest, { vcpu: 1, cpuset: '900' })).rejects.toMatchObject({ code: 'system_error' });
    await expect(pinThread(guest, { cpuset: '900' })).rejects.toMatchObject({ code: 'system_error' });
    await expect(pinThread(guest, { vcpu: 2, cpuset: '0' })).rejects.toThrow('vcpu 2 is out of range of live cpu count 2');
    expect(guest.entry.xml).toContain("<emulatorpin cpuset='0,900'/>");
    expect(guest.entry.xml).not.toContain("vcpu='1'");
  });

  test('that says nothing changes nothing', async () => {
    const before = await allowed();
    await pinThreads(qemu, pinned({}));
    expect(await allowed()).toEqual(before);
  });

  test('on no processor that there is, is refused', async () =>
    expect(pinThreads(qemu, pinned({ cpuset: '900' }))).rejects.toMatchObject({
      code: 'system_error',
      message: expect.stringMatching(/^cannot set CPU affinity on process \d+: Invalid argument$/),
    }));
});

test.each(['vda', 'vda[0]'])('a threshold of %s is the file’s', async (disk) => {
  const held = async () => {
    const nodes = (await qemu.monitor.call('query-named-block-nodes', { flat: true })) as {
      'node-name': string;
      write_threshold: number;
    }[];
    return nodes.filter((node) => node.write_threshold > 0).map((node) => [node['node-name'], node.write_threshold]);
  };
  await setBlockThreshold(guest, { disk, bytes: 65_536 });
  expect(await held()).toEqual([['libvirt-1-storage', 65_536]]);
  await setBlockThreshold(guest, { disk, bytes: 0 });
  expect(await held()).toEqual([]);
});

test.each(['vdb', 'vda[1]', '/dev/zero'])('no threshold of %s, which is no disk', async (disk) => {
  await expect(setBlockThreshold(guest, { disk, bytes: 1 })).rejects.toThrow(`failed to find disk '${disk}'`);
});
