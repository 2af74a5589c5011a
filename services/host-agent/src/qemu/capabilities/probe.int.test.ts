import { mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { QemuCapabilities } from '@virtbus/qemu-argv';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LaunchFailed } from '../qemu.js';
import { CachedCapabilities } from './cached.js';
import { probeCapabilities } from './probe.js';

const QEMU = process.env['VIRTBUS_QEMU'] ?? '/usr/bin/qemu-system-x86_64';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'capabilities-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('a QEMU tells what it can do', async () => {
  const capabilities = await probeCapabilities(QEMU);
  expect(capabilities).toMatchObject({ binary: QEMU, target: 'x86_64', version: { major: expect.any(Number) } });
  expect(capabilities.machines).toContainEqual(
    expect.objectContaining({ alias: 'pc', name: expect.stringMatching(/^pc-i440fx-/), defaultRamId: 'pc.ram' }),
  );
  expect(capabilities.machines).toContainEqual(expect.objectContaining({ alias: 'q35', name: expect.stringMatching(/^pc-q35-/) }));
  expect(capabilities.accelerators).toContain('tcg');
  expect(capabilities.accelerators).not.toContain('accel');
  expect(capabilities.devices).toEqual(expect.arrayContaining(['e1000e', 'pcie-root-port', 'virtio-net-pci']));
  expect(capabilities.objects).toEqual(expect.arrayContaining(['iothread', 'memory-backend-ram', 'secret']));
  expect(capabilities.netdevs).toEqual(expect.arrayContaining(['tap', 'user', 'vhost-user']));
  expect(capabilities.netdevs).not.toContain('nic');
  expect(capabilities.commands).toEqual(expect.arrayContaining(['device_add', 'getfd', 'query-rx-filter']));
  expect(capabilities.cpus).toContainEqual(expect.objectContaining({ name: 'qemu64', runnable: true }));
  expect(capabilities.deviceProperties['virtio-net-pci']).toEqual(expect.arrayContaining(['acpi-index', 'host_mtu', 'mq']));
});

test.each<[string, string, RegExp]>([
  ['a missing binary', '/nonexistent/qemu', /cannot execute \/nonexistent\/qemu/],
  ['a binary that is no QEMU', '/bin/true', /process exited while connecting to monitor/],
])('%s is a typed failure', async (_, binary, words) => {
  const failure = await probeCapabilities(binary).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(LaunchFailed);
  expect((failure as LaunchFailed).message).toMatch(words);
});

test('a binary is asked once, and again when it is replaced', async () => {
  const real = await probeCapabilities(QEMU);
  let probes = 0;
  const cached = () =>
    new CachedCapabilities(join(root, 'cache'), expect.unreachable, async (binary): Promise<QemuCapabilities> => {
      probes++;
      return { ...real, binary };
    });
  const binary = join(root, 'qemu');
  await writeFile(binary, '');
  await symlink(binary, join(root, 'link'));
  expect(await cached().of(binary)).toEqual({ ...real, binary });
  await cached().of(binary);
  expect(probes).toBe(1);
  expect((await cached().of(join(root, 'link'))).binary).toBe(join(root, 'link'));
  await cached().of(binary);
  expect(probes).toBe(2);
  await utimes(binary, 1, 1);
  await cached().of(binary);
  expect(probes).toBe(3);
});

test('a kept answer of an older format is not used', async () => {
  let probes = 0;
  const old = { format: 0 } as unknown as QemuCapabilities;
  const cached = () => new CachedCapabilities(join(root, 'cache'), expect.unreachable, async () => (probes++, old));
  await cached().of(QEMU);
  await cached().of(QEMU);
  expect(probes).toBe(2);
});

test('a missing binary is a typed failure of the cache as well', async () => {
  const failure = await new CachedCapabilities(root, expect.unreachable).of('/nonexistent/qemu').catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(LaunchFailed);
  expect((failure as LaunchFailed).message).toMatch(/^internal error: cannot check QEMU binary \/nonexistent\/qemu: ENOENT/);
});
