import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Refusal, type ChangePlacedDevice } from '@virtbus/contracts';
import { codeOf, order, TestWorld, uuid, xml } from '../test-world.js';

const disk = (file = 'a', dev = 'vda') =>
  `<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/${file}.img'/><target dev='${dev}' bus='virtio'/></disk>`;
const medium = (file: string) =>
  `<disk type='file' device='cdrom'><driver name='qemu' type='raw'/>${file && `<source file='/${file}.iso'/>`}<target dev='hda' bus='ide'/></disk>`;
const scsi = (dev: string, controller: number) =>
  disk('s', dev)
    .replace('virtio', 'scsi')
    .replace('</disk>', `<address type='drive' controller='${controller}' bus='0' target='0' unit='0'/></disk>`);
const rng = `<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>`;
const watchdog = `<watchdog model='i6300esb' action='pause'/>`;

let world: TestWorld;
beforeEach(async () => {
  world = new TestWorld();
  const withDrive = xml.replace('<memballoon', `${medium('first')}<memballoon`);
  await world.runner.start(order({ xml: withDrive }), 'start');
  // What the command line has made.
  world.guest().nodes.set('libvirt-1-storage', undefined).set('libvirt-1-format', 'libvirt-1-storage');
  world.guest().drives.set('ide0-0-0', 'libvirt-1-format');
  world.told.length = 0;
});

const change = (what: 'attach' | 'detach' | 'update', device: string, by: string): Promise<unknown> => {
  const command: ChangePlacedDevice = { uuid, name: 'demo', epoch: 1, xml: device, config: false };
  return world.runner.changeDevice({ change: what, xml: device }, command, by);
};
const attach = (device: string, by = 'one') => change('attach', device, by);
const detach = (device: string, by = 'two') => change('detach', device, by);
const update = (device: string, by = 'three') => change('update', device, by);
const entry = () => world.journal.values.get(uuid)!;
const plugged = () => [...world.guest().devices].filter((each) => /disk|rng|watchdog/.test(each));
const images = () => [...world.guest().nodes.keys()].toSorted();
const ofDrive = ['libvirt-1-format', 'libvirt-1-storage'];

describe('attach', () => {
  test('gives QEMU the image, then the drive, and tells of it', async () => {
    const before = world.guest().executed.length;
    await attach(disk());
    expect(
      world
        .guest()
        .executed.slice(before)
        .filter((each) => /add/.test(each)),
    ).toEqual(['blockdev-add', 'blockdev-add', 'device_add']);
    expect(world.guest().given.get('device_add')).toMatchObject({
      driver: 'virtio-blk-pci',
      drive: 'libvirt-2-format',
      id: 'virtio-disk0',
    });
    expect(world.last().xml).toContain(`<target dev='vda' bus='virtio'/>`);
    expect(entry().underway).toBeUndefined();
    expect(world.told).toEqual(['deviceadded virtio-disk0']);
  });

  test('of a volume asks where it is', async () => {
    await attach(disk().replace("type='file'", "type='volume'").replace("file='/a.img'", "pool='p' volume='v'"));
    expect(world.guest().given.get('device_add')).toMatchObject({ id: 'virtio-disk0' });
    expect(world.guest().nodes.has('libvirt-2-storage')).toBe(true);
  });

  test('of random numbers makes the source first', async () => {
    await attach(rng);
    expect(world.guest().given.get('object-add')).toEqual({ 'qom-type': 'rng-random', filename: '/dev/urandom', id: 'objrng0' });
    expect(plugged()).toEqual(['rng0']);
  });

  test('of a watchdog says what it is to do', async () => {
    await attach(watchdog);
    expect(world.guest().given.get('watchdog-set-action')).toEqual({ action: 'pause' });
    await expect(attach(watchdog, 'other')).rejects.toThrow('already has a watchdog');
  });

  test('delivered again finds its own work', async () => {
    await attach(disk());
    await attach(disk());
    expect(plugged()).toEqual(['virtio-disk0']);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['a disk', () => attach(disk('evil'))],
    ['a disk that lacks its controller', () => attach(scsi('sda', 0).replace('/s.img', '/evil.img'))],
    ['a medium', () => update(medium('evil'))],
  ])('of an image whose header names what it may not is refused, and plugs nothing: %s', async (_, act) => {
    world.mayBeDisk = async (path) => {
      if (path.startsWith('/evil.')) throw new Refusal('operation_failed', 'operation failed: no');
    };
    const before = [entry().xml, images(), [...world.guest().devices]];
    expect(await codeOf(act())).toBe('operation_failed');
    expect([entry().xml, images(), [...world.guest().devices]]).toEqual(before);
  });

  test.each(['blockdev-add', 'device_add'])('that QEMU refuses at %s leaves nothing', async (command) => {
    world.guest().refusals.set(command, 'no');
    expect(await codeOf(attach(disk()))).toBe('operation_failed');
    expect([images(), plugged(), entry().underway]).toEqual([ofDrive, [], undefined]);
    expect(entry().xml).not.toContain('vda');
  });

  test.each([
    ['a disk in a place that is taken', () => attach(disk()).then(() => attach(disk('b'), 'other')), 'xml_error'],
    ['what only a start can give', () => attach(disk().replace('<target', '<wwn>5000c50015ea71ac</wwn><target')), 'config_unsupported'],
    ['a disk behind more controllers than fit', () => attach(scsi('sdz', 40)), 'operation_failed'],
    ['a controller of the board', () => attach(`<controller type='usb' model='qemu-xhci'/>`), 'operation_unsupported'],
    ['a kind that libvirt plugs into no running guest', () => attach(`<sound model='ac97'/>`), 'operation_unsupported'],
  ])('of %s is refused', async (_, act, code) => expect(await codeOf(act())).toBe(code));
});

describe('attach of a SCSI disk', () => {
  const controllers = () =>
    [...entry().xml.matchAll(/<controller type='scsi' index='(\d)' model='([^']*)'/g)].map(([, ...of]) => of.join(' '));
  const added = () => [...world.guest().devices].filter((each) => each.startsWith('scsi'));

  test('plugs the controllers up to its own first, and tells of the disk', async () => {
    await attach(scsi('sda', 1));
    expect(controllers()).toEqual(['0 lsilogic', '1 lsilogic']);
    expect(added()).toEqual(['scsi0', 'scsi1', 'scsi1-0-0']);
    expect(world.told).toEqual(['deviceadded scsi1-0-0']);
    expect([entry().underway, world.last().xml]).toEqual([undefined, expect.stringContaining("<alias name='scsi1-0-0'/>")]);
  });

  test('takes controllers that are there, and the last one for a model', async () => {
    await attach(`<controller type='scsi' model='virtio-scsi'/>`, 'first');
    await attach(`<controller type='scsi' model='virtio-scsi'/>`, 'second');
    await attach(scsi('sda', 0), 'third');
    await attach(scsi('sdb', 2), 'fourth');
    expect(controllers()).toEqual(['0 virtio-scsi', '1 virtio-scsi', '2 virtio-scsi']);
  });

  test('that is refused leaves the controllers, and comes again', async () => {
    world.guest().refusals.set('blockdev-add', 'no');
    expect(await codeOf(attach(scsi('sda', 0)))).toBe('operation_failed');
    expect([added(), entry().underway, entry().xml.includes('sda')]).toEqual([['scsi0'], undefined, false]);
    world.guest().refusals.clear();
    await attach(scsi('sda', 0));
    expect(added()).toEqual(['scsi0', 'scsi0-0-0']);
  });

  test('is finished by the next agent, when one dies between controller and disk', async () => {
    world.guest().refusals.set('blockdev-add', 'no');
    await codeOf(attach(scsi('sda', 0)));
    world.guest().refusals.clear();
    world.restart();
    await world.runner.restore();
    await attach(scsi('sda', 0));
    expect(added()).toEqual(['scsi0', 'scsi0-0-0']);
  });
});

describe('detach', () => {
  test('takes the images of the drive away, and no others', async () => {
    await attach(disk());
    await attach(disk('b', 'vdb'), 'other');
    await detach(disk());
    expect([images(), plugged()]).toEqual([[...ofDrive, 'libvirt-3-format', 'libvirt-3-storage'], ['virtio-disk1']]);
    expect(world.told.at(-1)).toBe('deviceremoved virtio-disk0');
  });

  test('that the guest refuses keeps the device', async () => {
    await attach(rng);
    world.guest().onEject = 'refuses';
    expect(await codeOf(detach(rng))).toBe('operation_failed');
    expect([plugged(), entry().underway]).toEqual([['rng0'], undefined]);
    expect(world.told.at(-1)).toBe('deviceremovalfailed rng0');
  });

  test('of a controller of the board is refused', async () =>
    expect(await codeOf(detach(`<controller type='usb' index='0'/>`))).toBe('operation_unsupported'));

  test('of what is not there is refused', async () => expect(await codeOf(detach(rng))).toBe('no_device'));
});

describe('a medium', () => {
  test('is changed for another, and the first one’s images go', async () => {
    await update(medium('second'));
    expect(world.guest().drives.get('ide0-0-0')).toBe('libvirt-2-format');
    expect(images()).toEqual(['libvirt-2-format', 'libvirt-2-storage']);
    expect(world.last().xml).toContain(`<source file='/second.iso'`);
  });

  test('is taken out', async () => {
    await update(medium(''));
    expect([images(), world.guest().drives.has('ide0-0-0')]).toEqual([[], false]);
    expect(world.last().xml).not.toContain('first.iso');
  });

  test('that QEMU cannot open leaves the one that is in', async () => {
    world.guest().refusals.set('blockdev-add', "Could not open '/second.iso': No such file or directory");
    expect(await codeOf(update(medium('second')))).toBe('operation_failed');
    expect([images(), world.guest().drives.get('ide0-0-0')]).toEqual([ofDrive, 'libvirt-1-format']);
    expect(entry().xml).toContain('first.iso');
  });

  test('of a drive that the guest keeps shut stays, and nothing is left of the other', async () => {
    world.guest().refusals.set('blockdev-open-tray', `Device 'ide0-0-0' is locked and force was not specified, wait for tray to open`);
    vi.useFakeTimers();
    const refused = codeOf(update(medium('second')));
    await vi.advanceTimersByTimeAsync(6_000);
    vi.useRealTimers();
    expect([await refused, images()]).toEqual(['operation_failed', ofDrive]);
  });

  test('is changed once the guest opens its drive', async () => {
    world.guest().refusals.set('blockdev-open-tray', `Device 'ide0-0-0' is locked and force was not specified, wait for tray to open`);
    const changing = update(medium('second'));
    await vi.waitFor(() => expect(world.guest().executed).toContain('blockdev-open-tray'));
    world.guest().tell('DEVICE_TRAY_MOVED', { id: 'ide0-0-0', 'tray-open': true });
    await changing;
    expect(world.guest().drives.get('ide0-0-0')).toBe('libvirt-2-format');
  });

  test('of a disk stays where it is', async () => {
    await attach(disk());
    expect(await codeOf(update(disk('b')))).toBe('config_unsupported');
    expect(await codeOf(update(rng))).toBe('config_unsupported');
  });
});

describe('after a restart of the agent', () => {
  const stage = (alias: string, kind: 'disk' | 'rng', at: 'plugging' | 'unplugging') =>
    world.journal.values.set(uuid, { ...entry(), settled: [], underway: [{ alias, kind, stage: at, by: 'one' }] });
  const restore = async () => world.restart().restore();

  test('a plug that QEMU has is finished, and its command finds it done', async () => {
    await attach(rng);
    stage('rng0', 'rng', 'plugging');
    await restore();
    expect([entry().underway, plugged()]).toEqual([undefined, ['rng0']]);
    await attach(rng);
    expect(plugged()).toEqual(['rng0']);
  });

  test('a plug that QEMU never got is taken back', async () => {
    await attach(disk());
    stage('virtio-disk0', 'disk', 'plugging');
    world.guest().letGo('virtio-disk0');
    await restore();
    expect([images(), entry().underway, entry().xml.includes('vda')]).toEqual([ofDrive, undefined, false]);
  });

  test('what the guest let go meanwhile is taken away', async () => {
    await attach(disk());
    world.runner.close();
    world.guest().letGo('virtio-disk0');
    await restore();
    expect([images(), entry().xml.includes('vda')]).toEqual([ofDrive, false]);
  });

  test('what was to go is asked for again', async () => {
    await attach(disk());
    stage('virtio-disk0', 'disk', 'unplugging');
    await restore();
    await vi.waitFor(() => expect([images(), plugged()]).toEqual([ofDrive, []]));
  });
});
