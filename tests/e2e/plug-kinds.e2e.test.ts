/** Interfaces of every kind that can be plugged into a running guest, with a real QEMU and a real kernel. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import * as contracts from '@virtbus/contracts';
import { Refusal } from '@virtbus/contracts';
import { SerialConsole } from '../../tools/guest/serial-console.ts';
import { guestXml } from './guest-definitions.js';
import { TestFleet } from './test-fleet.js';
import { SET_OWNER, VhostUserPeer } from './vhost-user-peer.js';

const mac = '52:54:00:00:6b:02';
const nic = (type: string, inner: string, model = `<model type='virtio'/>`) =>
  `<interface type='${type}'><mac address='${mac}'/>${inner}${model}</interface>`;
const pool = nic('network', `<source network='through'/>`);
const places = Array.from({ length: 9 }, (_, at) => `<controller type='pci' index='${at + 1}' model='pcie-root-port'/>`).join('');
const parentMac = '02:00:00:00:00:20';

let fleet: TestFleet;
let guest: SerialConsole;
beforeAll(async () => {
  fleet = await TestFleet.start();
  const ip = (...args: readonly string[]) => fleet.inHost('ip', ...args);
  for (const [name, address] of [['up0', '02:00:00:00:00:10'] as const, ['pt0', parentMac] as const]) {
    ip('link', 'add', name, 'address', address, 'type', 'veth', 'peer', 'name', `${name}-wire`);
    for (const end of [name, `${name}-wire`]) ip('link', 'set', end, 'up');
  }
  ip('tuntap', 'add', 'dev', 'mine', 'mode', 'tap', 'vnet_hdr');
  await fleet.bus.run(contracts.defineNetwork, {
    xml: `<network><name>through</name><forward mode='passthrough'><interface dev='pt0'/></forward></network>`,
  });
  await fleet.bus.run(contracts.startNetwork, { network: 'through' });
  const { uuid } = await fleet.bus.run(contracts.defineDomain, { xml: guestXml({ name: 'k', devices: places }) });
  await fleet.bus.run(contracts.startDomain, { domain: 'k', paused: true });
  guest = await SerialConsole.connect(join(fleet.stateDir, 'host', 'run', uuid, 'serial0.sock'));
  await fleet.bus.run(contracts.resumeDomain, { domain: 'k' });
  await guest.waitFor(/virtbus-guest: ready k/, 60_000);
}, 120_000);
afterAll(async () => {
  guest?.close();
  await fleet?.stop();
});

/** A test that failed leaves its interface to no other. */
afterEach(async () => {
  for (const { alias } of await interfaces()) await fleet.bus.run(contracts.detachDevice, { domain: 'k', alias, live: true });
});

const attach = (xml: string) => fleet.bus.run(contracts.attachDevice, { domain: 'k', xml, live: true });
const detach = (xml: string) => fleet.bus.run(contracts.detachDevice, { domain: 'k', xml, live: true });
const update = (xml: string) => fleet.bus.run(contracts.updateDevice, { domain: 'k', xml, live: true });
const interfaces = async () => (await fleet.bus.request(contracts.getDomain, { domain: 'k' })).interfaces;
const refusal = (act: Promise<unknown>): Promise<Refusal> =>
  act.then(
    () => Promise.reject(new Error('nothing was refused')),
    (thrown: unknown) => (thrown instanceof Refusal ? thrown : Promise.reject(new Error('not a refusal', { cause: thrown }))),
  );
async function asked(command: string, hmp = false): Promise<string> {
  const monitor = hmp ? { command, hmp } : { command };
  return (await fleet.bus.run(contracts.runMonitorCommand, { domain: 'k', monitor })).output;
}
const link = (name: string) => (JSON.parse(fleet.inHost('ip', '-j', '-d', 'link', 'show', name)) as Record<string, unknown>[])[0]!;
const tunFlags = (name: string) => fleet.inHost('cat', `/sys/class/net/${name}/tun_flags`).trim();
/** Everything of the host that plugging can change. */
const hostNow = () =>
  fleet
    .inHost('ip', '-o', 'link', 'show')
    .split('\n')
    .map((line) => /^\d+: (\S+): .*(link\/\S+ \S+)/.exec(line)?.slice(1).join(' '));
async function lent(): Promise<string[]> {
  const view = await fleet.bus.bucket(contracts.hostDeviceRecords).view();
  const found = view.entries().flatMap(({ value }) => value.connections.map((each) => `${value.device} ${each.mac}`));
  await view.close();
  return found;
}

/** Types a line at the guest's shell and waits until it is done. */
let typed = 0;
async function enter(line: string): Promise<void> {
  const mark = (typed += 1);
  const from = guest.text.length;
  guest.type(`${line}; echo typed-$((${mark}))-is-done`);
  await guest.waitFor(new RegExp(`typed-${mark}-is-done`), 30_000, from);
}
/** Until the guest has a card, or has none and serves none any more. */
const cards = '$(cat /sys/bus/pci/devices/*/class | grep -c 0x020000)';
const sees = (present: boolean) => enter(`until [ ${present ? `${cards} = 1` : `${cards}$(ls /run/net) = 0`} ]; do sleep 0.1; done`);

interface Kind {
  readonly name: string;
  readonly xml: () => string;
  readonly record: object;
  /** What the kernel and QEMU say while it is plugged. */
  readonly holds: () => void | Promise<void>;
}

const kinds: readonly Kind[] = [
  {
    name: 'a macvtap with two queues',
    xml: () => nic('direct', `<source dev='up0' mode='bridge'/><driver queues='2'/>`),
    record: { type: 'direct', source: 'up0', target: expect.stringMatching(/^macvtap\d+$/) },
    holds: async () => {
      const [{ target = '' } = {}] = await interfaces();
      expect([link(target)['address'], link(target)['flags']]).toEqual([mac, expect.arrayContaining(['UP'])]);
      expect(await asked('info network', true)).toMatch(/index=1,type=tap/);
    },
  },
  {
    name: 'a loose tap with an address on the host',
    xml: () => nic('ethernet', `<source><ip address='10.27.0.1' family='ipv4' prefix='24'/></source><driver queues='2'/>`),
    record: { type: 'ethernet', target: expect.stringMatching(/^vnet\d+$/) },
    holds: async () => {
      const [{ target = '' } = {}] = await interfaces();
      expect(fleet.inHost('ip', '-br', 'address', 'show', target)).toContain('10.27.0.1/24');
      expect(tunFlags(target)).toBe('0x5102');
      expect(await asked('info network', true)).toMatch(/index=1,type=tap/);
    },
  },
  {
    name: "somebody's tap, which stays",
    xml: () => nic('ethernet', `<target dev='mine' managed='no'/>`),
    record: { type: 'ethernet', target: 'mine' },
    holds: () => expect(link('mine')['address']).not.toContain('00:6b:02'),
  },
  {
    name: "QEMU's own network",
    xml: () => nic('user', ''),
    record: { type: 'user' },
    holds: async () => void (await guest.waitFor(/up eth\d 10\.0\.2\.15/, 30_000)),
  },
  {
    name: 'a link that a network lends to one',
    xml: () => pool,
    record: { type: 'direct', source: 'pt0', port: { actual: { type: 'direct', dev: 'pt0', mode: 'passthrough' } } },
    holds: async () => {
      expect([link('pt0')['address'], await lent()]).toEqual([mac, [`pt0 ${mac}`]]);
      const rival = await refusal(attach(pool.replace(mac, '52:54:00:00:6b:03')));
      expect(rival.message).toContain('requires exclusive access to interfaces, but none are available');
      expect(await lent()).toEqual([`pt0 ${mac}`]);
    },
  },
];

test.each(kinds)('$name is plugged into a running guest, and unplugged without a trace', async ({ xml, record, holds }) => {
  const before = [hostNow(), await asked('info network', true), await lent()];
  // The host says which links it can lend as soon as they are there.
  await vi.waitFor(() => attach(xml()), { timeout: 15_000, interval: 500 });
  expect(await interfaces()).toMatchObject([{ mac, ...record }]);
  await sees(true);
  await holds();
  await detach(xml());
  await vi.waitFor(async () => expect(await interfaces()).toEqual([]), { timeout: 30_000, interval: 100 });
  expect([hostNow(), await asked('info network', true), await lent()]).toEqual(before);
  await sees(false);
});

describe('is refused, and leaves nothing:', () => {
  test.each<[string, () => string, string, number, string]>([
    [
      'vhost-net that is demanded and not there',
      () => nic('ethernet', `<driver name='vhost'/><backend vhost='/dev/virtbus-nobody'/>`),
      'config_unsupported',
      67,
      'vhost-net was requested for an interface, but is unavailable',
    ],
    ['a vDPA device that is none', () => nic('vdpa', `<source dev='/dev/null'/>`), 'operation_failed', 1, "QEMU command 'netdev_add'"],
    [
      'a vhost-user socket that nobody listens on',
      () => nic('vhostuser', `<source type='unix' path='/run/virtbus-nobody' mode='client'/>`),
      'operation_failed',
      1,
      'virtbus-nobody',
    ],
    [
      'a PCI function on a host without IOMMU',
      () => nic('hostdev', `<source><address type='pci' domain='0' bus='3' slot='16' function='0'/></source>`, ''),
      'config_unsupported',
      67,
      "host doesn't support passthrough of host PCI devices",
    ],
    [
      'a USB device',
      () => nic('hostdev', `<source><address type='usb' bus='1' device='2'/></source>`, ''),
      'config_unsupported',
      67,
      'SR-IOV Virtual Functions only',
    ],
    ['a macvtap on a link that is not there', () => nic('direct', `<source dev='eth9'/>`), 'system_error', 38, 'eth9'],
  ])('%s', async (_, xml, code, libvirt, words) => {
    const before = [hostNow(), await asked('info network', true), await asked('{"execute":"query-fdsets"}')];
    expect(await refusal(attach(xml()))).toMatchObject({ code, libvirt, message: expect.stringContaining(words) });
    expect(await interfaces()).toEqual([]);
    await vi.waitFor(async () => expect([hostNow(), await asked('info network', true)]).toEqual(before.slice(0, 2)));
    expect((JSON.parse(await asked('{"execute":"query-fdsets"}')) as { readonly return: unknown }).return).toEqual([]);
  });
});

test('the cable of a macvtap is pulled while the guest runs, and nothing else of it can be changed', async () => {
  const xml = nic('direct', `<source dev='up0' mode='bridge'/>`);
  await attach(xml);
  await sees(true);
  await update(xml.replace('</interface>', `<link state='down'/></interface>`));
  await enter('until [ "$(cat /sys/class/net/eth*/carrier 2>/dev/null)" = 0 ]; do sleep 0.1; done');
  for (const [change, words] of [
    [xml.replace(`mode='bridge'`, `mode='vepa'`), "unable to change config on 'direct' network type"],
    [xml.replace(`dev='up0'`, `dev='pt0'`), "unable to change config on 'direct' network type"],
    [xml.replace(`'virtio'`, `'e1000e'`), 'cannot modify network device model'],
  ] as const) {
    expect(await refusal(update(change))).toMatchObject({
      code: 'operation_unsupported',
      libvirt: 84,
      message: expect.stringContaining(words),
    });
  }
  await detach(xml);
  await vi.waitFor(async () => expect(await interfaces()).toEqual([]), { timeout: 30_000, interval: 100 });
});

/** Its processors never run: QEMU 7.2 without KVM falls when a driver starts such a card. */
test('vhost-user: QEMU and its peer agree, at a start and when one more is plugged', async () => {
  const socket = join(fleet.stateDir, 'vhost-user.sock');
  const peer = await VhostUserPeer.listen(socket);
  const xml = nic('vhostuser', `<source type='unix' path='${socket}' mode='client'/>`);
  try {
    await fleet.bus.run(contracts.defineDomain, { xml: guestXml({ name: 'v', interfaces: xml, devices: places }) });
    await fleet.bus.run(contracts.startDomain, { domain: 'v', paused: true });
    expect([peer.connections, peer.asked.filter((what) => what === SET_OWNER).length]).toEqual([1, 1]);
    await fleet.bus.run(contracts.attachDevice, { domain: 'v', xml: xml.replace(mac, '52:54:00:00:6b:04'), live: true });
    expect([peer.connections, peer.asked.filter((what) => what === SET_OWNER).length]).toEqual([2, 2]);
    const { interfaces: plugged } = await fleet.bus.request(contracts.getDomain, { domain: 'v' });
    expect(plugged.map(({ type, alias }) => [type, alias])).toEqual([
      ['vhostuser', 'net0'],
      ['vhostuser', 'net1'],
    ]);
    await fleet.bus.run(contracts.destroyDomain, { domain: 'v' });
    await vi.waitFor(() => expect(peer.connections).toBe(0));
  } finally {
    peer.close();
  }
});
