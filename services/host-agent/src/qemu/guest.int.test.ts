import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { guest, guestAppend, type GuestKnobs } from '../../../../tools/guest/guest.js';
import { SerialConsole } from '../../../../tools/guest/serial-console.js';
import { launch } from './launch.js';
import type { RunningQemu } from './qemu.js';

const QEMU = process.env['VIRTBUS_QEMU'] ?? '/usr/bin/qemu-system-x86_64';
/** For a loaded machine; a quiet one needs two seconds. */
const BOOT_MS = 40_000;

interface Booted {
  readonly qemu: RunningQemu;
  readonly console: SerialConsole;
}

let root: string;
const booted: Booted[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'guest-'));
});

afterEach(async () => {
  for (const { qemu, console } of booted.splice(0)) {
    console.close();
    await qemu.destroy({ termMs: 0 });
  }
  await rm(root, { recursive: true, force: true });
});

async function boot(knobs: GuestKnobs = {}, more: readonly string[] = [], model = 'virtio-net-pci'): Promise<Booted> {
  const { kernel, initrd } = guest();
  const uuid = randomUUID();
  const serial = join(root, 'serial.sock');
  const argv = ['-machine', 'pc', '-accel', 'tcg', '-m', '96', '-nodefaults', '-no-user-config', '-display', 'none', '-S', '-uuid', uuid];
  argv.push('-kernel', kernel, '-initrd', initrd, '-append', guestAppend(knobs));
  argv.push('-chardev', `socket,id=charserial0,path=${serial},server=on,wait=off`, '-serial', 'chardev:charserial0');
  argv.push('-netdev', 'user,id=hostnet0', '-device', `${model},netdev=hostnet0,id=net0`, ...more);
  const where = { directory: join(root, 'a'), logFile: join(root, 'a.log') };
  const qemu = await launch({ binary: QEMU, argv, name: 'guest', uuid, extraDescriptors: [], ...where });
  const started = { qemu, console: await SerialConsole.connect(serial) };
  booted.push(started);
  await qemu.monitor.execute('cont');
  return started;
}

test('the guest comes to its prompt and its address, and heeds the power button', async () => {
  const startedAt = performance.now();
  const { qemu, console: serial } = await boot({ hostname: 'alpha' });
  await serial.waitFor(/virtbus-guest: ready alpha/, BOOT_MS);
  await serial.waitFor(/guest# /, BOOT_MS);
  console.log(`launch to prompt: ${((performance.now() - startedAt) / 1000).toFixed(2)} s`);
  await serial.waitFor(/virtbus-guest: up eth0 10\.0\.2\.15\r/, BOOT_MS);
  await qemu.monitor.execute('system_powerdown');
  await serial.waitFor(/virtbus-guest: power button/, BOOT_MS);
  expect(await qemu.ended).toMatchObject({
    shutdown: { guest: true, reason: 'guest-shutdown' },
    destroyed: false,
    exitCode: 0,
    lastWords: '',
  });
});

test.each(['e1000', 'e1000e', 'rtl8139', 'vmxnet3'])('the guest has a driver for %s', async (model) => {
  const { console: serial } = await boot({}, [], model);
  await serial.waitFor(/virtbus-guest: up eth0 10\.0\.2\.15\r/, BOOT_MS);
});

test('the guest takes a static address, pings without end, and says what was lost', async () => {
  const { qemu, console: serial } = await boot({ ip: '10.0.2.77/24', ping: '10.0.2.2' });
  await serial.waitFor(/virtbus-guest: up eth0 10\.0\.2\.77\r/, BOOT_MS);
  await serial.waitFor(/ping 10\.0\.2\.2 seq=3 time=[\d.]+\r/, BOOT_MS);
  await qemu.monitor.execute('set_link', { name: 'net0', up: false });
  const down = serial.text.length;
  // More than once: on a busy machine a guest may fall silent for a second by itself.
  await serial.waitFor(/(?:ping 10\.0\.2\.2 no reply\r[^]*){3}/, BOOT_MS, down);
  await qemu.monitor.execute('set_link', { name: 'net0', up: true });
  const [, first, last] = await serial.waitFor(/ping 10\.0\.2\.2 lost seq=(\d+)-(\d+)\r/, BOOT_MS, down);
  expect(Number(last)).toBeGreaterThanOrEqual(Number(first));
  const [, again] = await serial.waitFor(/ping 10\.0\.2\.2 seq=(\d+) time=/, BOOT_MS, serial.text.length);
  expect(Number(again)).toBeGreaterThan(Number(first));
});

test('the guest serves an interface that is plugged while it runs, and lets go of one that is unplugged', async () => {
  const { qemu, console: serial } = await boot();
  await serial.waitFor(/virtbus-guest: up eth0/, BOOT_MS);
  await qemu.monitor.execute('netdev_add', { type: 'user', id: 'hostnet1', net: '10.9.0.0/24' });
  await qemu.monitor.execute('device_add', { driver: 'virtio-net-pci', netdev: 'hostnet1', id: 'net1' });
  await serial.waitFor(/virtbus-guest: up eth1 10\.9\.0\.15\r/, BOOT_MS);
  const deleted = new Promise((resolve) =>
    qemu.monitor.on('DEVICE_DELETED', ({ data: { device } }) => device === 'net1' && resolve(device)),
  );
  await qemu.monitor.execute('device_del', { id: 'net1' });
  await serial.waitFor(/virtbus-guest: gone eth1/, BOOT_MS);
  await deleted;
});

test('the guest runs a snippet, stacks a VLAN and a macvlan, and reboots and powers off by its own will', async () => {
  const run = [
    'ip link add link eth0 name eth0.5 type vlan id 5',
    'ip link add link eth0 name mv0 address 52:54:00:11:22:33 type macvlan',
    'ip link set mv0 up',
    'ip -6 address add fd00::1234:5678/64 dev eth0',
    'ip link set eth0 promisc on',
    'echo snippet over >$CONSOLE',
  ].join('\n');
  const { qemu, console: serial } = await boot({ run });
  await serial.waitFor(/snippet over/, BOOT_MS);
  const [filter] = await qemu.monitor.execute('query-rx-filter', { name: 'net0' });
  expect(filter).toMatchObject({ promiscuous: true, 'vlan-table': expect.arrayContaining([5]) });
  expect(filter?.['unicast-table']).toContain('52:54:00:11:22:33');
  expect(filter?.['multicast-table']).toContain('33:33:ff:34:56:78');
  const before = serial.text.length;
  serial.type('reboot');
  await serial.waitFor(/virtbus-guest: ready/, BOOT_MS, before);
  await serial.waitFor(/guest# /, BOOT_MS, serial.text.length);
  serial.type('poweroff');
  expect(await qemu.ended).toMatchObject({ shutdown: { guest: true, reason: 'guest-shutdown' }, exitCode: 0 });
});
