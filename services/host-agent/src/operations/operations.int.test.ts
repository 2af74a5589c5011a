import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Refusal } from '@virtbus/contracts';
import type { DomainEntry } from '../core/domain-entry.js';
import { FakeLinks } from '../links/fake-links.js';
import type { LiveGuest } from '../live-guest.js';
import type { RunningQemu } from '../qemu/qemu.js';
import { localQemus } from '../qemu/qemus.js';
import { countersOf } from './counters.js';
import { sendKeys } from './keyboard.js';
import { setMemory } from './memory.js';
import { runMonitorCommand } from './monitor-command.js';
import { setVcpus } from './processors.js';
import { resizeDisk } from './resize-disk.js';
import { Screenshots } from './screenshots.js';

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
        'driver=null-co,node-name=libvirt-1-format,size=1048576,read-zeroes=on',
      ],
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
