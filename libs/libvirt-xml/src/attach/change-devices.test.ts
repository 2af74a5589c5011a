import { describe, expect, test } from 'vitest';
import { parseDomain } from '../documents.js';
import { LibvirtError } from '../errors/libvirt-error.js';
import { changeDevices, detachByAlias } from './change-devices.js';

const [a, b, c] = ['52:54:00:00:00:0a', '52:54:00:00:00:0b', '52:54:00:00:00:0c'];
const nic = (mac: string, inner = '', network = 'lab') =>
  `<interface type='network'>${mac && `<mac address='${mac}'/>`}<source network='${network}'/>${inner}</interface>`;
const at = (slot: number) => `<address type='pci' domain='0' bus='0' slot='${slot}' function='0'/>`;
const domain = (inner: string) =>
  parseDomain(`<domain type='qemu'><name>d</name><memory>1024</memory><os><type>hvm</type></os><devices>${inner}</devices></domain>`);
const two = domain(nic(a, `<alias name='ua-one'/>${at(3)}<boot order='1'/>`) + nic(b, at(4)) + nic(b, at(5)));
const macs = (def: typeof two) =>
  def.devices.interface.map((net) => `${net.mac?.address.at(-1)}${net.address?.type === 'pci' ? net.address.slot : ''}`);

describe('the devices of a definition', () => {
  test.each<[string, ReturnType<typeof domain>, string[]]>([
    ['attach adds at the end', changeDevices(two, 'attach', nic(c)), ['a3', 'b4', 'b5', 'c']],
    ['detach finds by MAC', changeDevices(two, 'detach', nic(a)), ['b4', 'b5']],
    [
      'detach looks at nothing but MAC, address and alias',
      changeDevices(two, 'detach', nic(a, "<model type='e1000'/>", 'other')),
      ['b4', 'b5'],
    ],
    ['detach finds by address', changeDevices(two, 'detach', nic(b, at(5))), ['a3', 'b4']],
    ['detach finds by alias', changeDevices(two, 'detach', nic('', "<alias name='ua-one'/>")), ['b4', 'b5']],
    ['detach by alias alone', detachByAlias(two, 'ua-one')!, ['b4', 'b5']],
    ['update keeps the place', changeDevices(two, 'update', nic(a)), ['a3', 'b4', 'b5']],
  ])('%s', (_, changed, expected) => expect(macs(changed)).toEqual(expected));

  test('an update replaces the element, and keeps what says which device it is', () => {
    const [net] = changeDevices(two, 'update', nic(a, "<model type='virtio'/><link state='down'/>", 'other')).devices.interface;
    expect(net).toMatchObject({ source: { network: 'other' }, model: { type: 'virtio' }, link: { state: 'down' } });
    expect(net).toMatchObject({ alias: { name: 'ua-one' }, boot: { order: 1 }, address: { slot: 3 } });
  });
});

const file = (name: string, dev: string, bus = 'virtio', device = 'disk') =>
  `<disk type='file' device='${device}'><source file='/${name}'/><target dev='${dev}' bus='${bus}'/></disk>`;
const rng = (path: string) => `<rng model='virtio'><backend model='random'>${path}</backend></rng>`;
const watchdog = (action: string) => `<watchdog model='i6300esb' action='${action}'/>`;
const plain = domain(
  [
    ...[file('a', 'vda'), file('c', 'vdc'), file('x.iso', 'sda', 'sata', 'cdrom')],
    ...[rng('/dev/random'), rng('/dev/urandom'), `<input type='tablet' bus='usb'><alias name='ua-pen'/></input>`],
  ].join(''),
);
const watched = changeDevices(plain, 'attach', watchdog('reset'));
const disksOf = (def: typeof plain) => def.devices.disk.map(({ target, source }) => `${target.dev} ${JSON.stringify(source)}`);

describe('devices that are known by what is said of them', () => {
  test.each<[string, 'channel' | 'shmem' | 'memory' | 'lease' | 'serial' | 'parallel', string]>([
    ['a channel', 'channel', `<channel type='unix'><target type='virtio' name='org.test.0'/></channel>`],
    ['shared memory', 'shmem', `<shmem name='s0'><model type='ivshmem-plain'/></shmem>`],
    ['memory', 'memory', `<memory model='dimm'><target><size>1024</size><node>0</node></target></memory>`],
    ['a lease', 'lease', `<lease><lockspace>a</lockspace><key>k</key><target path='/l'/></lease>`],
    ['a serial port', 'serial', `<serial type='pty'/>`],
    ['a parallel port', 'parallel', `<parallel type='pty'/>`],
  ])('%s comes and goes', (_, kind, xml) => {
    const added = changeDevices(plain, 'attach', xml);
    expect(added.devices[kind]).toHaveLength(1);
    expect(changeDevices(added, 'detach', xml)).toEqual(plain);
    expect(() => changeDevices(plain, 'detach', xml)).toThrow(LibvirtError);
  });
  test('a controller without a number is not the one with number 0', () => {
    const bus = domain(`<controller type='scsi' index='0' model='virtio-scsi'/>`);
    const second = `<controller type='scsi' model='virtio-scsi'/>`;
    expect(changeDevices(bus, 'attach', second).devices.controller).toHaveLength(2);
    expect(() => changeDevices(bus, 'attach', second.replace(' model', ` index='0' model`))).toThrow("controller index='0' already exists");
  });
  test('a disk goes behind those of its bus whose names come before its own', () =>
    expect(changeDevices(plain, 'attach', file('b', 'vdb')).devices.disk.map(({ target }) => target.dev)).toEqual([
      'vda',
      'vdb',
      'vdc',
      'sda',
    ]));
  test('a disk is known by its target, whatever else is said of it', () =>
    expect(disksOf(changeDevices(plain, 'detach', file('other', 'vdc')))).toEqual(
      disksOf(plain).filter((each) => !each.startsWith('vdc')),
    ));
  test('another medium replaces the first, and leaves where the drive is', () => {
    const [, , before] = plain.devices.disk;
    const drive = { ...before!, alias: { name: 'ua-cd' } };
    const def = { ...plain, devices: { ...plain.devices, disk: [drive] } };
    expect(changeDevices(def, 'update', file('y.iso', 'sda', 'sata', 'cdrom')).devices.disk[0]).toMatchObject({
      alias: { name: 'ua-cd' },
      source: { file: '/y.iso' },
    });
  });
  test('one of several of a kind is the first that has everything that is said', () => {
    const left = changeDevices(plain, 'detach', rng('/dev/urandom')).devices.rng;
    expect(left.map(({ backend }) => backend)).toEqual([{ model: 'random', path: '/dev/random' }]);
    expect(detachByAlias(plain, 'ua-pen')?.devices.input.filter(({ type }) => type === 'tablet')).toEqual([]);
  });
  test('a watchdog comes and goes', () => {
    expect(watched.devices.watchdog).toMatchObject({ model: 'i6300esb', action: 'reset' });
    expect(changeDevices(watched, 'detach', watchdog('reset')).devices.watchdog).toBeUndefined();
  });
});

test.each<[string, () => unknown, number, string]>([
  ['a disk in a place that is taken', () => changeDevices(plain, 'attach', file('b', 'vda')), 55, 'target vda already exists'],
  ['a disk that is not there', () => changeDevices(plain, 'detach', file('b', 'vdb')), 99, 'no target device vdb'],
  ['a medium for no drive', () => changeDevices(plain, 'update', file('b', 'vdq')), 8, "target vdq doesn't exist."],
  ['random numbers from elsewhere', () => changeDevices(plain, 'detach', rng('/dev/hwrng')), 99, 'no matching RNG device'],
  ['a change of random numbers', () => changeDevices(plain, 'update', rng('/dev/random')), 84, "persistent update of device 'rng'"],
  ['a second watchdog', () => changeDevices(watched, 'attach', watchdog('none')), 55, 'already has a watchdog'],
  ['a watchdog that does something else', () => changeDevices(watched, 'detach', watchdog('none')), 99, 'domain has no watchdog'],
  ['a MAC that none has', () => changeDevices(two, 'detach', nic(c)), 99, c],
  ['a MAC that two have', () => changeDevices(two, 'detach', nic(b)), 9, 'multiple devices'],
  ['an address that is not its', () => changeDevices(two, 'update', nic(a, at(4))), 99, '0000:00:04.0'],
  ['a device of a kind that is not changed', () => changeDevices(two, 'attach', '<iommu model="intel"/>'), 84, "'iommu'"],
  [
    'what is no device',
    () => changeDevices(two, 'attach', '<emulator>/bin/x</emulator>'),
    67,
    "unsupported configuration: unknown device type 'emulator'",
  ],
  ['what is no XML', () => changeDevices(two, 'attach', '<interface'), 35, 'device_definition'],
])('%s is refused', (_, act, code, words) => {
  expect(act).toThrow(expect.objectContaining({ code, message: expect.stringContaining(words) }));
  expect(act).toThrow(LibvirtError);
});

test('nothing has an alias that none has', () => expect(detachByAlias(two, 'ua-two')).toBeUndefined());
