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
    ['detach by alias alone', detachByAlias(two, 'ua-one'), ['b4', 'b5']],
    ['update keeps the place', changeDevices(two, 'update', nic(a)), ['a3', 'b4', 'b5']],
  ])('%s', (_, changed, expected) => expect(macs(changed)).toEqual(expected));

  test('an update replaces the element, and keeps what says which device it is', () => {
    const [net] = changeDevices(two, 'update', nic(a, "<model type='virtio'/><link state='down'/>", 'other')).devices.interface;
    expect(net).toMatchObject({ source: { network: 'other' }, model: { type: 'virtio' }, link: { state: 'down' } });
    expect(net).toMatchObject({ alias: { name: 'ua-one' }, boot: { order: 1 }, address: { slot: 3 } });
  });
});

test.each<[string, () => unknown, number, string]>([
  ['a MAC that none has', () => changeDevices(two, 'detach', nic(c)), 99, c],
  ['a MAC that two have', () => changeDevices(two, 'detach', nic(b)), 9, 'multiple devices'],
  ['an address that is not its', () => changeDevices(two, 'update', nic(a, at(4))), 99, '0000:00:04.0'],
  ['an alias that none has', () => detachByAlias(two, 'ua-two'), 99, 'ua-two'],
  ['a device of a kind that is not changed', () => changeDevices(two, 'attach', '<iommu model="intel"/>'), 84, "'iommu'"],
  ['what is no device', () => changeDevices(two, 'attach', '<emulator>/bin/x</emulator>'), 27, "'emulator'"],
  ['what is no XML', () => changeDevices(two, 'attach', '<interface'), 35, 'device_definition'],
])('%s is refused', (_, act, code, words) => {
  expect(act).toThrow(expect.objectContaining({ code, message: expect.stringContaining(words) }));
  expect(act).toThrow(LibvirtError);
});
