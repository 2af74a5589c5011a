import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as contracts from '@virtbus/contracts';
import { Refusal } from '@virtbus/contracts';
import { getRxFrames } from '@virtbus/netlink';
import { guestXml, labXml, nic } from './guest-definitions.js';
import { SerialConsole } from '../../tools/guest/serial-console.ts';
import { TestFleet } from './test-fleet.js';

const mac = { first: '52:54:00:00:0e:01', second: '52:54:00:00:0e:02', third: '52:54:00:00:0e:03' } as const;
const otherXml = `<network><name>other</name><bridge macTableManager='libvirt'/><mtu size='1400'/></network>`;
/** Places for three cards more than the machine has by itself. */
const ports = Array.from({ length: 9 }, (_, at) => `<controller type='pci' index='${at + 1}' model='pcie-root-port'/>`).join('');
/** TAP and NO_PI, with VNET_HDR for models that know the header, with MULTI_QUEUE for two queues. */
const tunFlagsOf = {
  rtl8139: '0x1002',
  e1000: '0x1002',
  E1000E: '0x5002',
  vmxnet3: '0x5002',
  virtio: '0x5102',
  'virtio-transitional': '0x5102',
  'virtio-non-transitional': '0x5102',
  ne2k_pci: '0x1002',
  pcnet: '0x1002',
};
let fleet: TestFleet;
let guest: SerialConsole;
let happened: string[] = [];

beforeAll(async () => {
  fleet = await TestFleet.start();
  for (const [name, xml] of [['lab', labXml] as const, ['other', otherXml] as const]) {
    await fleet.bus.run(contracts.defineNetwork, { xml });
    await fleet.bus.run(contracts.startNetwork, { network: name });
  }
  const watching = fleet.bus.subscribe('virtbus.v1.evt.domain.*.*', ({ subject, payload }) => {
    happened.push(`${subject.split('.').at(-1)} ${(payload as { readonly detail?: string }).detail ?? ''}`);
  });
  await watching.ready;
  guest = await boot(guestXml({ name: 'g', interfaces: nic(mac.first), devices: ports }), 'g');
}, 120_000);
afterAll(async () => {
  guest?.close();
  await fleet?.stop();
});

async function boot(xml: string, domain: string): Promise<SerialConsole> {
  const { uuid } = await fleet.bus.run(contracts.defineDomain, { xml });
  await fleet.bus.run(contracts.startDomain, { domain, paused: true });
  const console = await SerialConsole.connect(join(fleet.stateDir, 'host', 'run', uuid, 'serial0.sock'));
  await fleet.bus.run(contracts.resumeDomain, { domain });
  await console.waitFor(new RegExp(`virtbus-guest: ready ${domain}`), 60_000);
  return console;
}
const get = () => fleet.bus.request(contracts.getDomain, { domain: 'g' });
const xmlOf = async (inactive = false) => (await fleet.bus.request(contracts.getDomainXml, { domain: 'g', inactive })).xml;
const attach = (xml: string, more = {}) => fleet.bus.run(contracts.attachDevice, { domain: 'g', xml, ...more });
const detach = (xml: string, more = {}) => fleet.bus.run(contracts.detachDevice, { domain: 'g', xml, ...more });
const update = (xml: string, more = {}) => fleet.bus.run(contracts.updateDevice, { domain: 'g', xml, ...more });
const refusal = (act: Promise<unknown>): Promise<Refusal> =>
  act.then(
    () => Promise.reject(new Error('nothing was refused')),
    (thrown: unknown) => (thrown instanceof Refusal ? thrown : Promise.reject(new Error('not a refusal', { cause: thrown }))),
  );
const fdb = (bridge: string) => fleet.inHost('bridge', 'fdb', 'show', 'br', bridge);
const taps = () =>
  (JSON.parse(fleet.inHost('ip', '-j', 'link', 'show', 'type', 'tun')) as { readonly ifname: string }[]).map((each) => each.ifname);
const tunFlags = (tap: string) => fleet.inHost('cat', `/sys/class/net/${tap}/tun_flags`).trim();
const holders = async () => {
  const view = await fleet.bus.bucket(contracts.portRecords).view();
  const held = view.entries().map(({ value }) => value.mac);
  await view.close();
  return held.toSorted();
};
/** What the guest sees of its second card's link. */
async function carrier(state: 0 | 1): Promise<void> {
  const from = guest.text.length;
  guest.type(`until grep -q ${state} /sys/class/net/eth1/carrier; do sleep 0.1; done; echo carrier-is-$((${state}))`);
  await guest.waitFor(new RegExp(`^carrier-is-${state}`, 'm'), 30_000, from);
}

describe('an interface', () => {
  test('plugged into a running guest gets an address there, and a port, a tap and a forwarding entry here', async () => {
    happened = [];
    await attach(nic(mac.second), { live: true, config: true });
    const detail = await get();
    expect(detail.interfaces[1]).toMatchObject({ alias: 'net1', mac: mac.second, target: 'vnet1', source: 'lab' });
    expect(fdb('virbr0')).toContain(`${mac.second} dev vnet1 master virbr0 static`);
    expect(tunFlags('vnet1')).toBe('0x5002');
    expect(await xmlOf()).toContain(`<target dev='vnet1'/>`);
    expect(await xmlOf(true)).toContain(mac.second);
    await guest.waitFor(/virtbus-guest: up eth1/, 60_000);
    expect(happened).toContain('deviceadded net1');
  });

  test('moves to another network with its MTU and its entry, and its old port goes', async () => {
    await update(nic(mac.second, { network: 'other' }));
    expect(fdb('virbr0')).not.toContain(mac.second);
    expect(fdb('virbr1')).toContain(`${mac.second} dev vnet1 master virbr1 static`);
    expect(JSON.parse(fleet.inHost('ip', '-j', 'link', 'show', 'vnet1'))).toMatchObject([{ master: 'virbr1', mtu: 1400 }]);
    expect(tunFlags('vnet1')).toBe('0x5002');
    expect((await get()).interfaces[1]).toMatchObject({ alias: 'net1', target: 'vnet1', source: 'other' });
  });

  test('is isolated, and has its tap gather frames, while the guest runs, and no more', async () => {
    const port = () =>
      (JSON.parse(fleet.inHost('bridge', '-j', '-d', 'link', 'show', 'dev', 'vnet1')) as { readonly isolated: boolean }[])[0];
    const gathers = () => getRxFrames(`/run/netns/${fleet.netns}`, 'vnet1');
    await update(nic(mac.second, { network: 'other', extra: `<port isolated='yes'/><coalesce><rx><frames max='7'/></rx></coalesce>` }));
    expect([port()?.isolated, gathers()]).toEqual([true, 7]);
    await update(nic(mac.second, { network: 'other' }));
    expect([port()?.isolated, gathers()]).toEqual([false, 0]);
  });

  test('whose link is taken down says so to the guest, and up again', async () => {
    await update(nic(mac.second, { network: 'other', extra: `<link state='down'/>` }));
    expect(await xmlOf()).toContain(`<link state='down'/>`);
    await carrier(0);
    await update(nic(mac.second, { network: 'other' }));
    await carrier(1);
  });

  test('is unplugged, and nothing of it is left', async () => {
    happened = [];
    await detach(nic(mac.second), { live: true, config: true });
    await vi.waitFor(() => expect(happened).toContain('deviceremoved net1'), { timeout: 30_000, interval: 100 });
    expect((await get()).interfaces).toMatchObject([{ mac: mac.first }]);
    expect(taps()).toEqual(['vnet0']);
    expect(await holders()).toEqual([mac.first]);
    expect(await xmlOf(true)).not.toContain(mac.second);
  });
});

describe('is refused, and changes nothing:', () => {
  test.each<[string, () => Promise<unknown>, string, number]>([
    ['a MAC that the domain has', () => attach(nic(mac.first)), 'mac_in_use', 55],
    ['an unknown network', () => attach(nic(mac.second, { network: 'nope' })), 'no_network', 43],
    [
      'a kind that is not hot-plugged',
      () => attach(`<interface type='mcast'><source address='230.0.0.1' port='5558'/></interface>`),
      'operation_unsupported',
      84,
    ],
    ['a device that is not there', () => detach(nic(mac.third)), 'no_device', 99],
    ['what is no device', () => attach('<emulator>/bin/true</emulator>'), 'config_unsupported', 67],
    ['another model', () => update(nic(mac.first, { model: 'e1000' })), 'operation_unsupported', 84],
    ['an MTU', () => update(nic(mac.first, { extra: `<mtu size='1300'/>` })), 'operation_unsupported', 84],
    [
      'another kind of connection',
      () => update(`<interface type='user'><mac address='${mac.first}'/><model type='virtio'/></interface>`),
      'operation_unsupported',
      84,
    ],
    [
      'a bridge that is not there',
      () => update(`<interface type='bridge'><mac address='${mac.first}'/><source bridge='nope'/><model type='virtio'/></interface>`),
      'system_error',
      38,
    ],
  ])('%s', async (_, act, code, libvirt) => {
    const before = await get();
    expect(await refusal(act())).toMatchObject({ code, libvirt });
    expect((await get()).interfaces).toEqual(before.interfaces);
    expect([taps(), await holders()]).toEqual([['vnet0'], [mac.first]]);
    expect(fdb('virbr0')).toContain(`${mac.first} dev vnet0 master virbr0 static`);
  });
});

/** On the older machine, whose slots take every model; its guest has drivers for all of them. */
test('the tap of a plugged interface has the flags of its model, and goes when the guest lets go', async () => {
  const domain = 'old';
  const console = await boot(guestXml({ name: domain }).replace("machine='q35'", "machine='pc'"), domain);
  try {
    for (const [model, flags] of Object.entries(tunFlagsOf)) {
      const xml = nic(mac.third, { model, extra: model.startsWith('virtio') ? `<driver queues='2'/>` : '' });
      await fleet.bus.run(contracts.attachDevice, { domain, xml });
      const { interfaces } = await fleet.bus.request(contracts.getDomain, { domain });
      const tap = interfaces.at(-1)?.target ?? '';
      expect([model, tunFlags(tap)]).toEqual([model, flags]);
      await fleet.bus.run(contracts.detachDevice, { domain, alias: interfaces.at(-1)?.alias ?? '' });
      await vi.waitFor(() => expect(taps()).not.toContain(tap), { timeout: 30_000, interval: 100 });
    }
  } finally {
    console.close();
    await fleet.bus.run(contracts.destroyDomain, { domain });
  }
}, 120_000);

test('one that is plugged while the guest is suspended gets no frames before it goes on', async () => {
  await fleet.bus.run(contracts.suspendDomain, { domain: 'g' });
  await attach(nic(mac.second));
  expect(fdb('virbr0')).not.toContain(mac.second);
  await fleet.bus.run(contracts.resumeDomain, { domain: 'g' });
  expect(fdb('virbr0')).toContain(mac.second);
});

test('a guest with plugged interfaces ends and leaves nothing', async () => {
  await fleet.bus.run(contracts.destroyDomain, { domain: 'g' });
  await vi.waitFor(async () => expect([taps(), await holders()]).toEqual([[], []]), 10_000);
});
