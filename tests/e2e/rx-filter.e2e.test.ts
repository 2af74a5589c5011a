import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import * as contracts from '@virtbus/contracts';
import { SerialConsole } from '../../tools/guest/serial-console.ts';
import { guestXml, labXml } from './guest-definitions.js';
import { TestFleet } from './test-fleet.js';

/** eth0 on a network and eth2 on a macvtap are trusted, eth1 on the network is not. */
const mac = { trusted: '52:54:00:00:f0:01', strange: '52:54:00:00:f0:02', macvtap: '52:54:00:00:f0:03' } as const;
const moved = { trusted: '52:54:00:00:f1:01', strange: '52:54:00:00:f1:02', macvtap: '52:54:00:00:f1:03' } as const;
const card = (address: string, source: string, trust: 'yes' | 'no', type = 'network') =>
  `<interface type='${type}' trustGuestRxFilters='${trust}'><mac address='${address}'/><source ${source}/><model type='virtio'/></interface>`;
const interfaces = [
  card(mac.trusted, `network='lab'`, 'yes'),
  card(mac.strange, `network='lab'`, 'no'),
  card(mac.macvtap, `dev='up0' mode='bridge'`, 'yes', 'direct'),
].join('');

/** For a card that is plugged later. */
const places = Array.from({ length: 9 }, (_, at) => `<controller type='pci' index='${at + 1}' model='pcie-root-port'/>`).join('');

let fleet: TestFleet;
let guest: SerialConsole;
let told: contracts.RxFilterHappening[] = [];

beforeAll(async () => {
  fleet = await TestFleet.start();
  fleet.inHost('ip', 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'up0-wire');
  await fleet.bus.run(contracts.defineNetwork, { xml: labXml });
  await fleet.bus.run(contracts.startNetwork, { network: 'lab' });
  const watching = fleet.bus.subscribe('virtbus.v1.evt.domain.*.rxfilterchanged', ({ payload }) => {
    told.push(payload as contracts.RxFilterHappening);
  });
  await watching.ready;
  const { uuid } = await fleet.bus.run(contracts.defineDomain, { xml: guestXml({ name: 'g', interfaces, devices: places }) });
  await fleet.bus.run(contracts.startDomain, { domain: 'g', paused: true });
  guest = await SerialConsole.connect(join(fleet.stateDir, 'host', 'run', uuid, 'serial0.sock'));
  // As QEMU has it before there is a driver.
  expect(macvtap().flags).toContain('PROMISC');
  await fleet.bus.run(contracts.resumeDomain, { domain: 'g' });
  await guest.waitFor(/virtbus-guest: ready g/, 60_000);
  await enter('until [ -e /sys/class/net/eth2 ]; do sleep 0.1; done; ip link set eth1 up; ip link set eth2 up');
}, 120_000);
beforeEach(() => {
  told = [];
});
afterAll(async () => {
  guest?.close();
  await fleet?.stop();
});

/** Types a line at the guest's shell and waits until it is done. */
let typed = 0;
async function enter(line: string): Promise<void> {
  const from = guest.text.length;
  const mark = (typed += 1);
  guest.type(`${line}; echo typed-$((${mark}))-is-done`);
  await guest.waitFor(new RegExp(`typed-${mark}-is-done`), 30_000, from);
}
const readdress = (name: string, address: string) =>
  enter(`ip link set ${name} down; ip link set ${name} address ${address}; ip link set ${name} up`);
const macvtap = () =>
  (JSON.parse(fleet.inHost('ip', '-j', 'link', 'show', 'macvtap0')) as { readonly address: string; readonly flags: string[] }[])[0]!;
const fdb = () => fleet.inHost('bridge', 'fdb', 'show', 'br', 'virbr0');
const groups = () => fleet.inHost('ip', 'maddress', 'show', 'dev', 'macvtap0');
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 30_000, interval: 100 });
const cardOf = (name: string) => fleet.bus.request(contracts.getCardFilter, { domain: 'g', interface: name });
/** Where the other hosts of its network are to reach a guest. */
async function reachedAt(address: string): Promise<string | undefined> {
  const view = await fleet.bus.bucket(contracts.portRecords).view();
  const found = view.entries().find(({ value }) => value.mac === address)?.value;
  await view.close();
  return found?.guestMac ?? found?.mac;
}
const lastOf = (alias: string) => told.findLast((each) => each.alias === alias);

test("a trusted guest's new address is forwarded to it on its bridge, and the old one no more", async () => {
  expect(fdb()).toContain(`${mac.trusted} dev vnet0 master virbr0 static`);
  await readdress('eth0', moved.trusted);
  await eventually(() => expect(fdb()).toContain(`${moved.trusted} dev vnet0 master virbr0 static`));
  expect(fdb()).not.toContain(mac.trusted);
  await eventually(() => expect(lastOf('net0')).toMatchObject({ name: 'g', trusted: true, filter: { mac: moved.trusted } }));
  expect(await reachedAt(mac.trusted)).toBe(moved.trusted);
});

test('a guest that is not trusted is told of once, and followed in nothing', async () => {
  // Whatever its driver did on its way up has been told of: QEMU says no more before somebody asks.
  await readdress('eth1', moved.strange);
  await enter('ip link set eth1 promisc on');
  await readdress('eth0', mac.trusted);
  await eventually(() => expect(fdb()).toContain(`${mac.trusted} dev vnet0 master virbr0 static`));
  expect(fdb()).toContain(`${mac.strange} dev vnet1 master virbr0 static`);
  expect(fdb()).not.toContain(moved.strange);
  expect(told.filter(({ alias }) => alias === 'net1')).toEqual([]);
  expect([await reachedAt(mac.trusted), await reachedAt(mac.strange)]).toEqual([mac.trusted, mac.strange]);
});

test('an address that another has on the network is not followed', async () => {
  await readdress('eth0', mac.strange);
  await vi.waitFor(async () => expect((await cardOf('vnet0')).filter?.mac).toBe(mac.strange));
  await readdress('eth0', moved.trusted);
  await eventually(() => expect(fdb()).toContain(`${moved.trusted} dev vnet0 master virbr0 static`));
  expect(told.flatMap(({ alias, filter }) => (alias === 'net0' ? filter?.mac : []))).not.toContain(mac.strange);
  expect(fdb()).toContain(`${mac.strange} dev vnet1 master virbr0 static`);
  await readdress('eth0', mac.trusted);
});

test('a card is shown to who asks, if its guest is trusted', async () => {
  await enter('ip -6 address add fd00::1234:5678/64 dev eth0');
  await vi.waitFor(async () =>
    expect((await cardOf('vnet0')).filter).toMatchObject({
      mac: mac.trusted,
      promiscuous: false,
      multicast: { mode: 'normal', table: expect.arrayContaining(['33:33:ff:34:56:78']) },
    }),
  );
  expect(await cardOf(mac.strange)).toEqual({ alias: 'net1', mac: mac.strange, target: 'vnet1', trusted: false });
  await expect(cardOf('vnet9')).rejects.toMatchObject({ code: 'no_device', libvirt: 99 });
});

test('a macvtap has the address and the groups that its trusted guest has', async () => {
  await readdress('eth2', moved.macvtap);
  await eventually(() => expect(macvtap().address).toBe(moved.macvtap));
  // The card's own address of IPv6 follows its MAC, and has a group by which its neighbours ask for it.
  await eventually(() => expect(groups()).toContain('33:33:ff:00:f1:03'));
  await eventually(() => expect(lastOf('net2')).toMatchObject({ trusted: true, filter: { mac: moved.macvtap } }));
});

test('a macvtap takes everything while its trusted guest does, and as soon as it has a VLAN', async () => {
  const flags = () => macvtap().flags.filter((each) => each === 'PROMISC' || each === 'ALLMULTI');
  await eventually(() => expect(flags()).toEqual([]));
  for (const [line, expected] of [
    ['ip link set eth2 promisc on', ['PROMISC']],
    ['ip link set eth2 promisc off', []],
    ['ifconfig eth2 allmulti', ['ALLMULTI']],
    ['ifconfig eth2 -allmulti', []],
    ['ip link add link eth2 name eth2.5 type vlan id 5', ['PROMISC']],
  ] as const) {
    await enter(line);
    await eventually(() => expect([line, flags()]).toEqual([line, expected]));
  }
  await eventually(() => expect(lastOf('net2')?.filter?.vlan.table).toContain(5));
  await enter('ip link delete eth2.5');
  await eventually(() => expect(lastOf('net2')?.filter?.vlan.table).not.toContain(5));
});

test('a macvtap is in a group for as long as its trusted guest is', async () => {
  await enter('ip -6 address add fd00::1234:5678/64 dev eth2');
  await eventually(() => expect(groups()).toContain('33:33:ff:34:56:78'));
  await enter('ip -6 address delete fd00::1234:5678/64 dev eth2');
  await eventually(() => expect(groups()).not.toContain('33:33:ff:34:56:78'));
});

test('a card that is plugged while the guest runs is followed from then on, and forgotten when it goes', async () => {
  const [plugged, readdressed] = ['52:54:00:00:f0:04', '52:54:00:00:f1:04'];
  const xml = card(plugged, `network='lab'`, 'yes');
  await fleet.bus.run(contracts.attachDevice, { domain: 'g', xml, live: true });
  await enter('until [ -e /sys/class/net/eth3 ]; do sleep 0.1; done');
  await readdress('eth3', readdressed);
  await eventually(() => expect(fdb()).toContain(`${readdressed} dev vnet2 master virbr0 static`));
  expect(fdb()).not.toContain(`${plugged} dev`);
  await fleet.bus.run(contracts.detachDevice, { domain: 'g', xml, live: true });
  await eventually(() => expect(fdb()).not.toContain(readdressed));
  await vi.waitFor(async () => expect(await reachedAt(plugged)).toBeUndefined(), { timeout: 30_000, interval: 100 });
});
