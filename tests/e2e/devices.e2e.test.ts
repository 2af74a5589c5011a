import { execFile, spawnSync } from 'node:child_process';
import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { guestXml } from './guest-definitions.js';
import { SerialConsole } from '../../tools/guest/serial-console.ts';
import { startAgent } from './guest-agent.ts';
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
    const roomy = guestXml({ name: 'g', memoryMiB: 192, devices: ports + drive + `<controller type='virtio-serial' index='0'/>` })
      .replace('<vcpu>', `<maxMemory slots='2' unit='MiB'>512</maxMemory><vcpu>`)
      .replace('<devices>', `<cpu><numa><cell id='0' cpus='0' memory='192' unit='MiB'/></numa></cpu><devices>`);
    const definition = await file(roomy);
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

  test('a channel that is plugged is where an agent is spoken to, and is gone afterwards', async () => {
    const channel = await file(`<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>`);
    const ask = () => virsh('qemu-agent-command', 'g', '{"execute":"guest-network-get-interfaces"}');
    expect(await ask()).toContain('QEMU guest agent is not configured');
    expect(await virsh('attach-device', 'g', channel)).toBe('Device attached successfully');
    expect(await virsh('dumpxml', 'g', '--xpath', '//channel/address')).toBe(
      '<address type="virtio-serial" controller="0" bus="0" port="1"/>',
    );
    expect(await ask()).toContain('QEMU guest agent is not connected');
    await startAgent(guest);
    await vi.waitFor(async () => expect(await ask()).toContain('hardware-address'), { timeout: 30_000, interval: 500 });
    guest.type('kill %1');
    expect(await virsh('detach-device', 'g', channel)).toBe('Device detached successfully');
    await vi.waitFor(async () => expect(await virsh('dumpxml', 'g', '--xpath', '//channel')).toBe(''), 20_000);
    expect(await virsh('qemu-monitor-command', 'g', '--hmp', 'info chardev')).not.toContain('charchannel0');
  });

  test('memory is plugged where libvirt would have it, seen by the guest, and let go', async () => {
    const dimm = await file(`<memory model='dimm'><target><size unit='MiB'>128</size><node>0</node></target></memory>`);
    const count = 'ls -d /sys/devices/system/memory/memory* | wc -l';
    const inGuest = async (line: string): Promise<string> => {
      const from = guest.text.length;
      guest.type(`echo "answer-$(${line})-"`);
      await guest.waitFor(/answer-\d+-/, 20_000, from);
      return /answer-(\d+)-/.exec(guest.text.slice(from))?.[1] ?? '';
    };
    const before = Number(await inGuest(count));
    expect(await virsh('attach-device', 'g', dimm)).toBe('Device attached successfully');
    expect(await virsh('dumpxml', 'g', '--xpath', '//memory/address')).toBe('<address type="dimm" slot="0" base="0x100000000"/>');
    expect(await virsh('dumpxml', 'g', '--xpath', '/domain/memory/text()')).toBe(String(320 * 1024));
    await vi.waitFor(async () => expect(Number(await inGuest(count))).toBe(before + 1), { timeout: 20_000, interval: 500 });
    expect(await virsh('detach-device', 'g', dimm)).toBe('Device detached successfully');
    await vi.waitFor(async () => expect(await virsh('dumpxml', 'g', '--xpath', '//memory/address')).toBe(''), 20_000);
    expect(await virsh('qemu-monitor-command', 'g', '--hmp', 'info memdev')).not.toContain('memdimm0');
    const big = await file(`<memory model='dimm'><target><size unit='MiB'>512</size><node>0</node></target></memory>`);
    expect(await virsh('attach-device', 'g', big)).toContain("would exceed domain's maxMemory config size '524288'");
  });

  test('shared memory needs a conventional bus, as under libvirt', async () => {
    const name = `vbt-${process.pid}`;
    const shared = await file(`<shmem name='${name}'><model type='ivshmem-plain'/><size unit='M'>1</size></shmem>`);
    expect(await virsh('attach-device', 'g', shared)).toContain('No more available PCI slots');
    await virsh('define', await file(guestXml({ name: 'old' }).replace(`machine='q35'`, `machine='pc'`)));
    await virsh('start', 'old', '--paused');
    expect(await virsh('attach-device', 'old', shared)).toBe('Device attached successfully');
    expect(await virsh('qemu-monitor-command', 'old', '--hmp', 'info qtree')).toContain('dev: ivshmem-plain, id "shmem0"');
    expect(await virsh('dumpxml', 'old', '--xpath', '//shmem/alias')).toBe('<alias name="shmem0"/>');
    await virsh('destroy', 'old');
    await rm(`/dev/shm/${name}`, { force: true });
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
