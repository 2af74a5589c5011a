import { execFile, spawnSync } from 'node:child_process';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { guestXml } from './guest-definitions.js';
import { SerialConsole } from '../../tools/guest/serial-console.ts';
import { TestFleet } from './test-fleet.js';

const run = promisify(execFile);
const installed = spawnSync('virsh', ['--version']).status === 0;
const ports = Array.from({ length: 10 }, (_, at) => `<controller type='pci' index='${at + 1}' model='pcie-root-port'/>`).join('');
const drive = `<disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk>`;
const MEBIBYTE = 1024 * 1024;

/** Disks, media and sources of random numbers that come and go while a real guest runs. */
describe.skipIf(!installed)('devices of a running guest', () => {
  let fleet: TestFleet;
  let guest: SerialConsole;
  let files = 0;

  const virsh = async (...args: readonly string[]): Promise<string> => {
    const uri = `qemu+unix:///system?socket=${join(fleet.stateDir, 'libvirt-sock')}`;
    return run('virsh', ['-c', uri, ...args], { timeout: 60_000 }).then(
      ({ stdout }) => stdout.trim(),
      ({ stderr }: { readonly stderr: string }) => stderr.trim(),
    );
  };
  const file = async (text: string): Promise<string> => {
    const path = join(fleet.stateDir, `device-${(files += 1)}.xml`);
    await writeFile(path, text);
    return path;
  };
  const image = (name: string) => join(fleet.stateDir, name);
  const disk = (name: string, dev: string) =>
    file(`<disk type='file'><driver name='qemu' type='raw'/><source file='${image(name)}'/><target dev='${dev}' bus='virtio'/></disk>`);
  const blocks = async (): Promise<string> => virsh('qemu-monitor-command', 'g', '--hmp', 'info block');
  const disks = async (...more: readonly string[]): Promise<string[]> =>
    (await virsh('domblklist', 'g', ...more))
      .split('\n')
      .slice(2)
      .map((line) => line.replaceAll(`${fleet.stateDir}/`, '').trim().replaceAll(/ +/g, ' '));

  beforeAll(async () => {
    fleet = await TestFleet.start();
    for (const name of ['a.img', 'b.img', 'c.iso', 'd.iso']) {
      await writeFile(image(name), '');
      await truncate(image(name), 4 * MEBIBYTE);
    }
    const definition = await file(guestXml({ name: 'g', devices: ports + drive }));
    await virsh('define', definition);
    await virsh('start', 'g', '--paused');
    const uuid = await virsh('domuuid', 'g');
    guest = await SerialConsole.connect(join(fleet.stateDir, 'host', 'run', uuid, 'serial0.sock'));
    await virsh('resume', 'g');
    await guest.waitFor(/virtbus-guest: ready g/, 60_000);
  }, 120_000);

  afterAll(async () => {
    guest?.close();
    await fleet?.stop();
  });

  test('a disk is plugged into the guest and into its definition, counted, and let go', async () => {
    const a = await disk('a.img', 'vda');
    expect(await virsh('attach-device', 'g', a, '--live', '--config')).toBe('Device attached successfully');
    expect(await disks()).toEqual(['sda -', 'vda a.img']);
    expect(await disks('--inactive')).toEqual(['sda -', 'vda a.img']);
    expect(await virsh('domblkstat', 'g', 'vda')).toContain('vda rd_bytes ');
    expect(await virsh('domblkinfo', 'g', 'vda')).toMatch(/^Capacity: +4194304\n/);
    expect(await virsh('blockresize', 'g', 'vda', '8M')).toBe("Block device 'vda' is resized");
    expect(await virsh('domblkinfo', 'g', 'vda')).toMatch(/^Capacity: +8388608\n/);
    expect(await virsh('blockresize', 'g', 'vdq', '8M')).toContain("invalid argument: disk 'vdq' was not found in the domain config");
    expect(await virsh('attach-device', 'g', a, '--live')).toContain("XML error: target 'vda' duplicated for disk sources");
    expect(await virsh('detach-device', 'g', a, '--live', '--config')).toBe('Device detached successfully');
    await vi.waitFor(async () => expect(await disks()).toEqual(['sda -']), 20_000);
    expect(await blocks()).not.toContain('a.img');
    expect(await disks('--inactive')).toEqual(['sda -']);
  });

  test('attach-disk and detach-disk, as virsh spells them', async () => {
    expect(await virsh('attach-disk', 'g', image('b.img'), 'vdb', '--subdriver', 'raw')).toBe('Disk attached successfully');
    expect(await disks()).toEqual(['sda -', 'vdb b.img']);
    expect(await virsh('detach-disk', 'g', 'vdb')).toBe('Disk detached successfully');
    await vi.waitFor(async () => expect(await blocks()).not.toContain('b.img'), 20_000);
  });

  test('a medium is put in, changed, and taken out', async () => {
    expect(await virsh('change-media', 'g', 'sda', image('c.iso'), '--insert')).toBe('Successfully inserted media.');
    expect(await virsh('change-media', 'g', 'sda', image('d.iso'), '--update')).toBe('Successfully updated media.');
    expect([await disks(), await blocks()]).toEqual([['sda d.iso'], expect.not.stringContaining('c.iso')]);
    expect(await virsh('change-media', 'g', 'sda', image('none.iso'), '--update')).toContain('No such file or directory');
    expect(await disks()).toEqual(['sda d.iso']);
    expect(await virsh('change-media', 'g', 'sda', '--eject')).toBe('Successfully ejected media.');
    expect(await disks()).toEqual(['sda -']);
  });

  test('a SCSI disk brings the controllers that it needs, of the model of the last one', async () => {
    const controllers = async () =>
      (await virsh('dumpxml', 'g', '--xpath', "//controller[@type='scsi']")).match(/index="\d" model="[^"]*"/g);
    const to = (dev: string) =>
      file(`<disk type='file'><driver name='qemu' type='raw'/><source file='${image('b.img')}'/><target dev='${dev}' bus='scsi'/></disk>`);
    // lsilogic is what the machine has by default, and has no place on a bus of PCI Express.
    expect(await virsh('attach-device', 'g', await to('sdb'))).toContain('No more available PCI slots');
    expect(await virsh('attach-device', 'g', await file(`<controller type='scsi' model='virtio-scsi'/>`))).toBe(
      'Device attached successfully',
    );
    expect(await virsh('attach-device', 'g', await to('sdh'))).toBe('Device attached successfully');
    expect(await controllers()).toEqual(['index="0" model="virtio-scsi"', 'index="1" model="virtio-scsi"']);
    expect(await virsh('qemu-monitor-command', 'g', '--hmp', 'info qtree')).toContain('dev: scsi-hd, id "scsi1-0-0-0"');
    expect(await virsh('detach-disk', 'g', 'sdh')).toBe('Disk detached successfully');
    await vi.waitFor(async () => expect(await blocks()).not.toContain('b.img'), 20_000);
  });

  test('random numbers', async () => {
    const rng = await file(`<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>`);
    expect(await virsh('attach-device', 'g', rng)).toBe('Device attached successfully');
    expect(await virsh('dumpxml', 'g', '--xpath', '//rng/alias')).toContain('name="rng0"');
    expect(await virsh('detach-device', 'g', rng)).toBe('Device detached successfully');
    await vi.waitFor(async () => expect(await virsh('dumpxml', 'g', '--xpath', '//rng')).toBe(''), 20_000);
  });

  test('what QEMU cannot open is refused, and nothing is left of it', async () => {
    expect(await virsh('attach-device', 'g', await disk('absent.img', 'vdc'), '--live')).toContain('No such file or directory');
    expect(await disks()).toEqual(['sda -']);
    const sound = await file(`<sound model='ac97'/>`);
    expect(await virsh('attach-device', 'g', sound, '--live')).toContain(
      "Operation not supported: live attach of device 'sound' is not supported",
    );
  });
});
