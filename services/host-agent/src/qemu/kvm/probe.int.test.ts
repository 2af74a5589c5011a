import { randomUUID } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { guest, guestAppend } from '../../../../../tools/guest/guest.js';
import { SerialConsole } from '../../../../../tools/guest/serial-console.js';
import { launch } from '../launch.js';
import { readStat } from '../proc.js';
import { CachedKvm } from './cached.js';
import { probeKvm, type KvmVerdict } from './probe.js';

const QEMU = process.env['VIRTBUS_QEMU'] ?? '/usr/bin/qemu-system-x86_64';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'kvm-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Something in QEMU's place that behaves as the script says. */
async function actor(script: string): Promise<string> {
  const binary = join(root, 'qemu');
  await writeFile(binary, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return binary;
}

test('the probe guest runs to its end under TCG', async () => {
  expect(await probeKvm({ binary: QEMU, accelerator: 'tcg', timeoutMs: 20_000 })).toEqual({ usable: true, tookMs: expect.any(Number) });
});

test.each<[string, string, RegExp]>([
  ['resets itself in ring 3', 'printf abcdef', /stopped at ring 3: the machine ended \(exit 0\)/],
  ['hangs in long mode', 'printf abc; exec sleep 60', /stopped at remapping a page: nothing more within 200 ms/],
  ['says nothing', 'exec sleep 60', /stopped at its first instruction: nothing more within 200 ms/],
  ['skips a step', 'printf abcefgh; exit 85', /stopped at remapping a page/],
  ['says everything and ends otherwise', 'printf abcdefgh; exit 0', /stopped at its end: the machine ended \(exit 0\)/],
  ['ends well without a word', 'exit 85', /QEMU ended with 85: without a word/],
  ['is refused by QEMU', 'echo "no accel" >&2; exit 1', /QEMU ended with 1: no accel$/],
  ['floods', 'printf abc; yes 2>/dev/null', /stopped at remapping a page: nothing more within 200 ms/],
])('KVM is unusable when the guest %s', async (_, script, reason) => {
  expect(await probeKvm({ binary: await actor(script), accelerator: 'tcg', timeoutMs: 200 })).toEqual({
    usable: false,
    reason: expect.stringMatching(reason),
  });
});

test('a probe that hangs leaves no process behind', async () => {
  await probeKvm({ binary: await actor(`echo $$ > ${root}/pid; exec sleep 60`), accelerator: 'tcg', timeoutMs: 200 });
  expect(readStat(Number(await readFile(join(root, 'pid'), 'utf8')))).toBeUndefined();
});

test.each<[string, object, RegExp]>([
  ['the device is missing', { binary: QEMU, device: '/nonexistent/kvm' }, /^\/nonexistent\/kvm cannot be opened: ENOENT/],
  ['the binary is missing', { binary: '/nonexistent/qemu', accelerator: 'tcg' }, /^\/nonexistent\/qemu could not be run: .*ENOENT/],
])('KVM is unusable when %s', async (_, over, reason) => {
  expect(await probeKvm({ binary: QEMU, ...over })).toEqual({ usable: false, reason: expect.stringMatching(reason) });
});

/** A device that only root may open is as good as none. */
function hasKvm(): boolean {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

test.skipIf(!hasKvm())('the verdict agrees with what a real kernel does under KVM', async () => {
  const verdict = await probeKvm({ binary: QEMU });
  console.log('KVM here:', JSON.stringify(verdict));
  expect(await kernelReachesItsPrompt(verdict.usable ? 30_000 : 8_000)).toBe(verdict.usable);
});

async function kernelReachesItsPrompt(waitMs: number): Promise<boolean> {
  const { kernel, initrd } = guest();
  const serial = join(root, 'serial.sock');
  const uuid = randomUUID();
  const argv = ['-machine', 'pc', '-accel', 'kvm', '-m', '128', '-nodefaults', '-no-user-config', '-display', 'none', '-S', '-uuid', uuid];
  argv.push('-kernel', kernel, '-initrd', initrd, '-append', guestAppend());
  argv.push('-chardev', `socket,id=serial,path=${serial},server=on,wait=off`, '-serial', 'chardev:serial');
  const where = { directory: join(root, 'kvm'), logFile: join(root, 'kvm.log') };
  const qemu = await launch({ binary: QEMU, argv, name: 'kvm', uuid, extraDescriptors: [], ...where });
  const terminal = await SerialConsole.connect(serial);
  try {
    await qemu.monitor.execute('cont');
    return await terminal.waitFor(/virtbus-guest: ready/, waitMs).then(
      () => true,
      () => false,
    );
  } finally {
    terminal.close();
    await qemu.destroy({ termMs: 0 });
  }
}

test('the verdict is measured once per boot and binary', async () => {
  const verdicts: KvmVerdict[] = [
    { usable: false, reason: 'first' },
    { usable: false, reason: 'second' },
  ];
  let probes = 0;
  const cached = () => new CachedKvm(join(root, 'cache'), expect.unreachable, async () => verdicts[probes++]!);
  expect(await cached().of(QEMU)).toEqual(verdicts[0]);
  expect(await cached().of(QEMU)).toEqual(verdicts[0]);
  const file = join(root, 'cache', 'kvm.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace(/"bootId":"[^"]+"/, '"bootId":"an earlier boot"'));
  expect(await cached().of(QEMU)).toEqual(verdicts[1]);
  expect(probes).toBe(2);
});

test('a binary that is missing leaves KVM unused', async () => {
  expect(await new CachedKvm(root, expect.unreachable).of('/nonexistent/qemu')).toMatchObject({
    usable: false,
    reason: expect.stringContaining('ENOENT'),
  });
});
