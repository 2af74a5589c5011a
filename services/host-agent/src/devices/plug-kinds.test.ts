/** Interfaces of every kind that is plugged into a running guest: what QEMU is told, what is there, and that nothing of it stays. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemError } from '@virtbus/libc';
import { Rtnetlink } from '@virtbus/netlink';
import { SriovPeer, type PeerLink } from '@virtbus/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AssignedFunctions } from '../sriov/assigned-functions.js';
import { FunctionRecords } from '../sriov/function-records.js';
import { PciDevices } from '../sriov/pci-devices.js';
import { TestSysfs } from '../sriov/test-sysfs.js';
import { codeOf, order, portOf, TestWorld, uuid } from '../test-world.js';

const mac = '52:54:00:00:00:02';
const nic = (type: string, inner: string, model = `<model type='virtio'/>`) =>
  `<interface type='${type}'><mac address='${mac}'/>${inner}${model}</interface>`;
const address = '0000:03:10.0';
const zeros = '00:00:00:00:00:00';
const pci = `<source><address type='pci' domain='0' bus='3' slot='16' function='0'/></source>`;
const managed = (inner: string) => nic('hostdev', inner, '').replace(`type='hostdev'`, `type='hostdev' managed='yes'`);

let world: TestWorld;
let sysfs: TestSysfs;
let cards: PeerLink[];
let folder: string;
beforeEach(async () => {
  world = new TestWorld();
  world.host.uplinks.set('eth0', { mac: '02:00:00:00:00:01', up: true });
  world.host.taps.set('mine', { name: 'mine', mac: '02:00:00:00:00:07', mtu: 1300, isolated: false, forwarding: new Set() });
  folder = mkdtempSync(join(tmpdir(), 'virtbus-functions-'));
  sysfs = TestSysfs.make({ address: '0000:03:00.0', dev: 'pf0' }, [{ address, dev: 'pf0v0', group: 10 }]);
  cards = [
    { index: 3, name: 'pf0', mac: '00:1b:21:00:00:01', up: true, functions: [{ mac: zeros, vlan: 7, qos: 0 }] },
    { index: 4, name: 'pf0v0', mac: '00:1b:21:00:00:10', up: false, functions: [] },
  ];
  const warn = (message: string) => void world.warned.push(message);
  const rtnetlink = new Rtnetlink(new SriovPeer(cards, (errno) => new SystemError('recv', errno)).transport());
  const functions = new AssignedFunctions({ pci: new PciDevices(sysfs), rtnetlink, records: new FunctionRecords(folder, warn), warn });
  Object.assign(world.links, { functions });
  await world.runner.start(order(), 'start');
  world.told.length = 0;
});
afterEach(() => {
  sysfs.remove();
  rmSync(folder, { recursive: true });
});

const changed = (change: 'attach' | 'detach' | 'update', xml: string) =>
  world.runner.changeDevice({ change, xml }, { uuid, name: 'demo', epoch: 1, xml, config: false }, `${change} ${xml.length}`);
const second = () => world.journal.values.get(uuid)?.interfaces[1];
/** Everything that plugging can change. */
const everything = () =>
  structuredClone({
    taps: [...world.host.taps.keys()],
    macvtaps: [...world.host.macvtaps.keys()],
    uplink: world.host.uplinks.get('eth0')?.mac,
    cards,
    functions: sysfs.state(),
    qemu: [[...world.guest().devices], [...world.guest().netdevs], [...world.guest().fdSets]],
    onRecord: world.journal.values.get(uuid)?.interfaces,
    xml: world.journal.values.get(uuid)?.xml,
  });
const asked = () => world.guest().executed.filter((command) => /getfd|-add|add-|_add/.test(command));

interface Kind {
  readonly name: string;
  readonly xml: string;
  /** What its network lends. */
  readonly lent?: Parameters<typeof portOf>[1];
  readonly asked: readonly string[];
  readonly netdev?: object;
  readonly card?: object;
  readonly record: object;
}

const tap = ['getfd', 'netdev_add', 'device_add'];
const kinds: readonly Kind[] = [
  {
    name: 'a macvtap',
    xml: nic('direct', `<source dev='eth0' mode='bridge'/>`),
    asked: tap,
    netdev: { type: 'tap', fd: 'tapfd-net1' },
    record: { alias: 'net1', target: 'macvtap0', source: 'eth0', connector: 'direct' },
  },
  {
    name: 'a macvtap in passthrough with two queues, of a pool',
    xml: nic('network', `<source network='pool'/><driver queues='2'/>`),
    lent: { type: 'direct', bridge: undefined, macTableManager: undefined, dev: 'eth0', mode: 'passthrough' } as never,
    asked: ['getfd', ...tap],
    netdev: { type: 'tap', fds: 'tapfd-net10:tapfd-net11' },
    card: { mq: true, vectors: 6 },
    record: { alias: 'net1', target: 'macvtap0', type: 'direct' },
  },
  {
    name: 'a loose tap',
    xml: nic('ethernet', ''),
    asked: tap,
    netdev: { type: 'tap' },
    record: { target: 'vnet1', connector: 'ethernet' },
  },
  {
    name: "somebody's tap",
    xml: nic('ethernet', `<target dev='mine' managed='no'/>`),
    asked: tap,
    netdev: { type: 'tap' },
    record: { target: 'mine', connector: 'ethernet' },
  },
  {
    name: "QEMU's own network",
    xml: nic('user', ''),
    asked: ['netdev_add', 'device_add'],
    netdev: { type: 'user' },
    record: { type: 'user' },
  },
  {
    name: 'a vhost-user socket',
    xml: nic('vhostuser', `<source type='unix' path='/run/vhu' mode='client'/>`),
    asked: ['chardev-add', 'netdev_add', 'device_add'],
    netdev: { type: 'vhost-user', chardev: 'charnet1' },
    record: { type: 'vhostuser' },
  },
  {
    name: 'a vDPA device',
    xml: nic('vdpa', `<source dev='/dev/null'/>`),
    asked: ['add-fd', 'netdev_add', 'device_add'],
    netdev: { type: 'vhost-vdpa', vhostdev: '/dev/fdset/3' },
    record: { type: 'vdpa' },
  },
  {
    name: 'a virtual function',
    xml: managed(`${pci}<vlan><tag id='42'/></vlan>`),
    asked: ['device_add'],
    card: { driver: 'vfio-pci', host: address, id: 'hostdev0' },
    record: { alias: 'hostdev0', type: 'hostdev' },
  },
  {
    name: 'a virtual function of a pool',
    xml: nic('network', `<source network='pool'/>`, ''),
    lent: { type: 'hostdev', bridge: undefined, macTableManager: undefined, pciAddress: address, managed: true } as never,
    asked: ['device_add'],
    card: { driver: 'vfio-pci', host: address, id: 'hostdev0' },
    record: { alias: 'hostdev0', type: 'hostdev' },
  },
];
const lend = ({ lent }: Kind) => {
  if (lent) world.grant = (wish) => ({ ...portOf(wish, JSON.parse(JSON.stringify(lent)) as never), network: 'pool' });
};

describe.each(kinds)('$name', (kind) => {
  const { xml, netdev, card, record } = kind;
  beforeEach(() => lend(kind));

  test('is plugged, and unplugged without a trace', async () => {
    const before = everything();
    const early = asked().length;
    await changed('attach', xml);
    expect([asked().slice(early), second()]).toEqual([kind.asked, expect.objectContaining(record)]);
    if (netdev) expect(world.guest().given.get('netdev_add')).toMatchObject(netdev);
    if (card) expect(world.guest().given.get('device_add')).toMatchObject(card);
    await changed('detach', xml);
    expect(everything()).toEqual(before);
    expect(world.released).toEqual(kind.lent ? [[mac]] : []);
  });

  test('leaves nothing when QEMU refuses it', async () => {
    const before = everything();
    world.guest().refusals.set('device_add', 'no');
    expect(await codeOf(changed('attach', xml))).toBe('operation_failed');
    expect(everything()).toEqual(before);
  });

  test('is found again by the next agent, and taken away then', async () => {
    const before = everything();
    await changed('attach', xml);
    const { functions } = world.links;
    world.restart();
    Object.assign(world.links, { functions });
    await world.runner.restore();
    await changed('detach', xml);
    expect(everything()).toEqual(before);
  });
});

test('a virtual function is set through its physical function, and is what it was afterwards', async () => {
  await changed('attach', managed(`${pci}<vlan><tag id='42'/></vlan>`));
  expect([cards[0]?.functions[0], sysfs.state()[address]]).toMatchObject([{ mac, vlan: 42 }, expect.anything()]);
  expect(JSON.stringify(sysfs.state()[address])).toContain('vfio-pci');
  await changed('detach', managed(pci));
  expect(cards[0]?.functions[0]).toMatchObject({ vlan: 7 });
  expect(JSON.stringify(sysfs.state()[address])).not.toContain('vfio-pci');
});

test.each<[string, Kind, string]>([
  ['a virtual function that it has', kinds[7]!, 'operation_invalid'],
  ['a virtual function of a pool, for a MAC address that it has there', kinds[8]!, 'mac_in_use'],
  ['a macvtap of a pool, for a MAC address that it has there', kinds[1]!, 'mac_in_use'],
])('%s is refused, and keeps working', async (_, kind, code) => {
  lend(kind);
  await changed('attach', kind.xml);
  const before = everything();
  const again = kind.xml.replace('</interface>', `<alias name='ua-again'/></interface>`);
  expect(await codeOf(changed('attach', again))).toBe(code);
  expect([everything(), world.released]).toEqual([before, []]);
});

test.each<[string, string]>([
  ['a virtual function that is not there', managed(pci.replace("slot='16'", "slot='17'"))],
  ['a vDPA device that is not there', nic('vdpa', `<source dev='/dev/vhost-vdpa-9'/>`)],
  ['a macvtap on what is not there', nic('direct', `<source dev='eth9'/>`)],
  ['a tap that is not there', nic('ethernet', `<target dev='other' managed='no'/>`)],
])('%s is refused, and leaves nothing', async (_, xml) => {
  const before = everything();
  expect(await codeOf(changed('attach', xml))).toBe('system_error');
  expect(everything()).toEqual(before);
});

describe('of what runs cannot be changed', () => {
  test.each<[string, Kind, (xml: string) => string, string]>([
    [
      'the link of a macvtap',
      kinds[0]!,
      (xml) => xml.replace(`dev='eth0'`, `dev='eth1'`),
      "unable to change config on 'direct' network type",
    ],
    ['the mode of a macvtap', kinds[0]!, (xml) => xml.replace(`mode='bridge'`, `mode='vepa'`), "unable to change config on 'direct'"],
    ['the socket of vhost-user', kinds[5]!, (xml) => xml.replace('/run/vhu', '/run/other'), "unable to change config on 'vhostuser'"],
    ['a vDPA device', kinds[6]!, (xml) => xml, "unable to change config on 'vdpa'"],
    ['an assigned function', kinds[7]!, (xml) => xml, "unable to change config on 'hostdev'"],
    [
      'a tap of its own into one on a network',
      kinds[2]!,
      () => nic('network', `<source network='lab'/>`),
      "unable to change config on 'ethernet' network type",
    ],
  ])('%s', async (_, kind, change, words) => {
    await changed('attach', kind.xml);
    const before = everything();
    const refused = changed('update', change(kind.xml));
    await expect(refused).rejects.toMatchObject({ code: 'operation_unsupported', message: expect.stringContaining(words), libvirt: 84 });
    expect(everything()).toEqual(before);
  });

  test('but the link state of each can', async () => {
    for (const kind of [kinds[0]!, kinds[2]!, kinds[4]!]) {
      await changed('attach', kind.xml);
      await changed('update', kind.xml.replace('</interface>', `<link state='down'/></interface>`));
      expect(world.guest().given.get('set_link')).toEqual({ name: 'net1', up: false });
      await changed('detach', kind.xml);
    }
  });
});
