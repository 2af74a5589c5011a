import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Port } from '@virtbus/contracts';
import { parseInterface, type NetDef } from '@virtbus/libvirt-xml';
import { liveNetDef } from '../core/plan-interfaces.js';
import { FakeHost, FakeLinks } from '../links/fake-links.js';
import { connectionAgain, recordOf } from './connection.js';
import { Interfaces } from './interfaces.js';

const mac = '52:54:00:00:00:01';
const owner = { uuid: 'c7a5fdbd-edaf-9455-926a-d65c16db1809', name: 'demo', type: 'qemu', directory: '/run/demo' };
const log = { log: vi.fn(), warn: vi.fn(), error: vi.fn() };
const nic = (type: string, inner: string, model = `<model type='virtio'/>`): NetDef => ({
  ...parseInterface(`<interface type='${type}'><mac address='${mac}'/>${inner}${model}</interface>`),
  alias: { name: 'net0' },
});
const port = (actual: Partial<Port['actual']>): Port => ({
  id: '4dd41997-8b1a-4f0e-9f0a-3c1f9c8f2a11',
  network: 'pool',
  networkUuid: '81ff0d90-c91e-6742-64da-4a736edb9a9b',
  mac,
  actual: { type: 'direct', isolated: false, trustGuestRxFilters: false, ...actual },
});
const pci = `<source><address type='pci' domain='0' bus='3' slot='16' function='0'/></source>`;
const lent = `<source network='pool'/>`;
const qbg = `<virtualport type='802.1Qbg'><parameters managerid='1' typeid='2' typeidversion='3'/></virtualport>`;

let host: FakeHost;
let links: FakeLinks;
let all: Interfaces;
beforeEach(() => {
  host = new FakeHost();
  links = new FakeLinks(host);
  all = new Interfaces({ links, log });
  host.uplinks.set('eth0', { mac: '02:00:00:00:00:01', up: false });
});

async function plugged(net: NetDef, granted?: Port) {
  return all.plug(await all.reserve(owner, net, granted));
}

describe('is refused by the path of the interface:', () => {
  test.each<[string, NetDef, Port | undefined, string]>([
    ['an interface that only bhyve has', nic('null', ''), undefined, "type 'null' cannot be started by QEMU"],
    [
      'one that only ESX has',
      nic('vds', `<source switchid='4dd41997-8b1a-4f0e-9f0a-3c1f9c8f2a11' portid='1' portgroupid='p' connectionid='2'/>`),
      undefined,
      "type 'vds'",
    ],
    [
      'a script that the host does not run',
      nic('ethernet', `<script path='/etc/qemu-ifup'/>`),
      undefined,
      '/etc/qemu-ifup is not one that this host runs',
    ],
    [
      'a script of another type',
      nic('bridge', `<source bridge='br0'/><script path='/etc/qemu-ifup'/>`),
      undefined,
      'scripts are not supported',
    ],
    ['a given device without a name', nic('ethernet', `<target managed='no'/>`), undefined, "managed='no' needs the name"],
    ['a profile of 802.1Qbg', nic('direct', `<source dev='eth0'/>${qbg}`), undefined, "<virtualport type='802.1Qbg'>"],
    [
      'a profile of 802.1Qbh from a pool',
      nic('network', lent),
      port({ dev: 'eth0', virtualPort: { type: '802.1Qbh' } }),
      "<virtualport type='802.1Qbh'>",
    ],
    [
      'a VLAN on a macvtap',
      nic('direct', `<source dev='eth0'/><vlan><tag id='5'/></vlan>`),
      undefined,
      'vlan tag not supported for this connection type',
    ],
    [
      'a VLAN in passthrough',
      nic('direct', `<source dev='eth0' mode='passthrough'/><vlan><tag id='5'/></vlan>`),
      undefined,
      'vlan can only be set for SR-IOV VFs',
    ],
    [
      'a VLAN of a socket',
      nic('mcast', `<source address='230.0.0.1' port='5558'/><vlan><tag id='5'/></vlan>`),
      undefined,
      'vlan tag not supported',
    ],
    [
      'queues of a socket',
      nic('mcast', `<source address='230.0.0.1' port='5558'/><driver queues='2'/>`),
      undefined,
      'multiqueue network is not supported',
    ],
    [
      'a tap of another path on a macvtap',
      nic('direct', `<source dev='eth0'/><backend tap='/dev/net/tun2'/>`),
      undefined,
      'custom tap device path',
    ],
    [
      'shaping of an assigned device',
      nic('hostdev', `${pci}<bandwidth><inbound average='1'/></bandwidth>`, ''),
      undefined,
      'bandwidth settings',
    ],
    [
      'an assigned USB device',
      nic('hostdev', `<source><address type='usb' bus='1' device='2'/></source>`, ''),
      undefined,
      'supported on SR-IOV Virtual Functions only',
    ],
    [
      'one by its vendor',
      nic('hostdev', `<source><vendor id='0x1234'/><product id='0xbeef'/></source>`, ''),
      undefined,
      'supported on SR-IOV Virtual Functions only',
    ],
    ['a trunk of an assigned device', nic('hostdev', `${pci}<vlan trunk='yes'><tag id='5'/></vlan>`, ''), undefined, 'vlan trunking'],
    [
      'a standby that is no assigned device',
      nic('network', `${lent}<teaming type='transient' persistent='ua-x'/>`),
      port({ dev: 'eth0' }),
      'teaming',
    ],
  ])('%s', async (_, net, granted, words) => {
    await expect(all.reserve(owner, net, granted)).rejects.toMatchObject({
      code: 'config_unsupported',
      message: expect.stringContaining(words),
      path: `/domain/devices/interface[mac/@address='${mac}']`,
    });
    expect([host.counters, host.macvtaps.size, host.taps.size]).toEqual([{}, 0, 0]);
  });

  test.each<[string, NetDef, string]>([
    ['a macvtap on what is not there', nic('direct', `<source dev='eth9'/>`), 'link_missing'],
    ['a given tap that is not there', nic('ethernet', `<target dev='mine' managed='no'/>`), 'tap_missing'],
    ['a vDPA device that is not there', nic('vdpa', `<source dev='/dev/vhost-vdpa-9'/>`), 'device_missing'],
    ['a PCI device that is not there', nic('hostdev', pci, ''), 'device_missing'],
  ])('%s', async (_, net, code) => {
    await expect(plugged(net)).rejects.toMatchObject({ code });
    expect([host.macvtaps.size, host.taps.size]).toEqual([0, 0]);
  });
});

test.each<[string, NetDef]>([
  ['mcast', nic('mcast', `<source address='230.0.0.1' port='5558'/>`)],
  ['udp', nic('udp', `<source address='127.0.0.1' port='5558'><local address='127.0.0.1' port='5559'/></source>`)],
  ['server', nic('server', `<source port='5558'/>`)],
  ['client', nic('client', `<source address='127.0.0.1' port='5558'/>`)],
  ['vhostuser', nic('vhostuser', `<source type='unix' path='/run/vhu' mode='client'><reconnect enabled='yes' timeout='3'/></source>`)],
])('type %s is QEMU’s own affair: nothing is made on the host', async (_, net) => {
  const { connection, handover } = await plugged(net);
  expect([handover, recordOf(connection)]).toEqual([{ type: 'none' }, expect.not.objectContaining({ target: expect.anything() })]);
  await all.unplug(connection);
});

test('type internal has QEMU’s own network stack, like type user', async () => {
  for (const net of [nic('internal', `<source name='x'/>`), nic('user', '')])
    expect((await plugged(net)).handover).toEqual({ type: 'user' });
});

describe('passt', () => {
  const net = nic('user', `<backend type='passt'/><portForward proto='tcp'><range start='2022' to='22'/></portForward>`);

  test('listens for QEMU from before it starts until the interface goes, and may be stopped twice', async () => {
    const { connection, handover } = await plugged(net);
    expect([handover, all.isVolatile(connection)]).toEqual([{ type: 'stream', socket: '/run/demo/passt-net0.sock' }, false]);
    expect(links.passt.running.get('net0')).toEqual(['--tcp-ports', '2022:22']);
    await all.unplug(connection);
    await all.unplug(connection);
    expect(links.passt.running.size).toBe(0);
  });

  test('is refused by the path of the interface where it is not installed', async () => {
    links.passt.installed = false;
    await expect(all.reserve(owner, net, undefined)).rejects.toMatchObject({
      code: 'config_unsupported',
      message: expect.stringContaining("<backend type='passt'> needs passt, which is not installed on this host"),
      path: `/domain/devices/interface[mac/@address='${mac}']`,
    });
  });
});

describe('type direct', () => {
  const net = nic('direct', `<source dev='eth0' mode='passthrough'/>`);

  test('is up only while the guest runs, from its record alone after a restart, and gives its parent back', async () => {
    const { connection, handover } = await plugged(net);
    expect([connection.target, handover, all.isVolatile(connection)]).toEqual([
      'macvtap0',
      { type: 'tap', fds: [expect.any(Number)] },
      false,
    ]);
    const again = connectionAgain(owner, net, JSON.parse(JSON.stringify(recordOf(connection))) as ReturnType<typeof recordOf>);
    expect(host.macvtaps.get('macvtap0')).toMatchObject({ up: false, mode: 'passthrough', mac });
    await all.activate([again]);
    expect([host.macvtaps.get('macvtap0')?.up, host.uplinks.get('eth0')]).toEqual([true, { mac, up: true }]);
    expect(await all.reconcile(again, { active: true })).toEqual([]);
    await all.deactivate([again]);
    expect(host.macvtaps.get('macvtap0')?.up).toBe(false);
    expect(await all.reconcile(again, { active: true })).toEqual([expect.stringContaining('was down')]);
    await all.unplug(again);
    await all.unplug(again);
    expect([host.macvtaps.size, host.uplinks.get('eth0')?.mac]).toEqual([0, '02:00:00:00:00:01']);
    await expect(all.deactivate([again])).resolves.toBeUndefined();
  });

  test('of a pool is shown as libvirt shows it', async () => {
    const granted = port({ dev: 'eth0', mode: 'vepa' });
    const { connection } = await plugged(nic('network', lent), granted);
    expect(recordOf(connection)).toMatchObject({ type: 'direct', source: 'eth0', target: 'macvtap0', connector: 'direct' });
    expect(liveNetDef(connection.net, granted, 'macvtap0')).toMatchObject({
      type: 'direct',
      source: { network: 'pool', portid: granted.id, dev: 'eth0', mode: 'vepa' },
      target: { dev: 'macvtap0' },
    });
  });
});

describe('type ethernet', () => {
  test('is a tap on no bridge, with what its definition gives the host’s end', async () => {
    const source = `<source><ip address='10.9.0.1' family='ipv4' prefix='24'/><route family='ipv4' address='10.10.0.0' prefix='16' gateway='10.9.0.7'/></source>`;
    const { connection } = await plugged(nic('ethernet', `${source}<mtu size='1400'/>`));
    expect(host.taps.get('vnet0')).toMatchObject({ mac: 'fe:54:00:00:00:01', mtu: 1400 });
    expect(host.hostSides.size).toBe(0);
    await all.activate([connection]);
    expect(host.hostSides.get('vnet0')).toEqual({
      addresses: [{ family: 'ipv4', address: '10.9.0.1', prefix: 24 }],
      routes: [{ family: 'ipv4', address: '10.10.0.0', prefix: 16, gateway: '10.9.0.7' }],
    });
    await all.unplug(connection);
    expect(host.taps.size).toBe(0);
  });

  test('with a given device opens it and leaves it there', async () => {
    host.taps.set('mine', { name: 'mine', mac: '02:00:00:00:00:07', mtu: 1300, isolated: false, forwarding: new Set() });
    const { connection } = await plugged(nic('ethernet', `<target dev='mine' managed='no'/>`));
    await all.activate([connection]);
    await all.unplug(connection);
    expect(host.taps.get('mine')).toMatchObject({ mac: '02:00:00:00:00:07', mtu: 1300 });
  });

  test('runs scripts that the host allows; one that fails leaves no tap', async () => {
    for (const path of ['/opt/up', '/opt/down', '/opt/fail']) links.direct.scripts.add(path);
    const { connection } = await plugged(nic('ethernet', `<script path='/opt/up'/><downscript path='/opt/down'/>`));
    await all.unplug(connection);
    expect(links.direct.ran).toEqual(['/opt/up vnet0', '/opt/down vnet0']);
    await expect(plugged(nic('ethernet', `<script path='/opt/fail'/>`))).rejects.toMatchObject({ code: 'script_failed' });
    expect(host.taps.size).toBe(0);
  });
});

describe('type hostdev', () => {
  const address = { domain: 0, bus: 3, slot: 16, function: 0 };

  test('has its function for itself, and gives it back', async () => {
    links.functions.free.add('0000:03:10.0');
    const { connection, handover } = await plugged({
      ...nic('hostdev', `${pci}<vlan><tag id='42'/></vlan>`, ''),
      type: 'hostdev',
      managed: true,
    } as NetDef);
    expect([handover, links.functions.given.get('0000:03:10.0')]).toMatchObject([
      { type: 'hostdev', address },
      { mac, vlan: 42, managed: true },
    ]);
    expect([recordOf(connection).target, all.isVolatile(connection)]).toEqual([undefined, false]);
    await expect(
      all.reserve({ ...owner, uuid: '11111111-2222-3333-4444-555555555555', name: 'rival' }, nic('hostdev', pci, ''), undefined),
    ).rejects.toMatchObject({
      code: 'device_busy',
    });
    await all.unplug(connection);
    expect(links.functions.given.size).toBe(0);
  });

  test('of a pool is shown as a device of the host', async () => {
    links.functions.free.add('0000:03:10.0');
    const granted = port({
      type: 'hostdev',
      pciAddress: '0000:03:10.0',
      managed: true,
      driver: 'vfio',
      vlan: { trunk: false, tags: [{ id: 7 }] },
    });
    const { connection, handover } = await plugged(nic('network', lent, ''), granted);
    expect([handover, links.functions.given.get('0000:03:10.0')?.vlan, recordOf(connection).type]).toEqual([
      { type: 'hostdev', address },
      7,
      'hostdev',
    ]);
    expect(liveNetDef(connection.net, granted, undefined)).toMatchObject({
      type: 'hostdev',
      managed: true,
      assignment: { name: 'vfio' },
      source: { address: { type: 'pci', ...address } },
    });
  });
});
