import { execFileSync } from 'node:child_process';
import * as contracts from '@virtbus/contracts';
import { Refusal } from '@virtbus/contracts';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { SerialConsole } from '../../tools/guest/serial-console.ts';
import { guestXml } from './guest-definitions.js';
import { TestFleet } from './test-fleet.js';

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await TestFleet.start();
  const ip = (...args: readonly string[]) => fleet.inHost('ip', ...args);
  ip('route', 'add', '224.0.0.0/4', 'dev', 'lo');
  ip('link', 'set', 'lo', 'multicast', 'on');
  for (const [name, mac] of [
    ['up0', '02:00:00:00:00:10'],
    ['pt0', '02:00:00:00:00:20'],
  ] as const) {
    ip('link', 'add', name, 'address', mac, 'type', 'veth', 'peer', 'name', `${name}-wire`);
    for (const end of [name, `${name}-wire`]) ip('link', 'set', end, 'up');
  }
}, 120_000);
afterAll(() => fleet?.stop());

const define = (xml: string) => fleet.bus.run(contracts.defineDomain, { xml });
const start = (domain: string) => fleet.bus.run(contracts.startDomain, { domain });
const destroy = (domain: string) => fleet.bus.run(contracts.destroyDomain, { domain });
const get = (domain: string) => fleet.bus.request(contracts.getDomain, { domain });
const refusal = (act: Promise<unknown>): Promise<Refusal> =>
  act.then(
    () => Promise.reject(new Error('nothing was refused')),
    (thrown: unknown) => (thrown instanceof Refusal ? thrown : Promise.reject(new Error('not a refusal', { cause: thrown }))),
  );
const link = (name: string) => (JSON.parse(fleet.inHost('ip', '-j', '-d', 'link', 'show', name)) as Record<string, unknown>[])[0]!;
const nic = (type: string, mac: string, inner: string) =>
  `<interface type='${type}'><mac address='52:54:00:00:${mac}'/>${inner}<model type='virtio'/></interface>`;

/** Every interface but the last two has the same place in both guests, so that ethN of one is what ethN of the other is connected to. */
const interfacesOf = (guest: 'a' | 'b'): string[] => {
  const [own, other] = guest === 'a' ? [5580, 5581] : [5581, 5580];
  const mac = (n: number) => `0${guest}:0${n}`;
  return [
    nic('mcast', mac(0), `<source address='230.0.0.1' port='5558'/>`),
    nic('udp', mac(1), `<source address='127.0.0.1' port='${other}'><local address='127.0.0.1' port='${own}'/></source>`),
    nic(guest === 'a' ? 'server' : 'client', mac(2), `<source address='127.0.0.1' port='5570'/>`),
    nic('direct', mac(3), `<source dev='up0' mode='bridge'/>`),
    nic('direct', mac(4), `<source dev='up0' mode='private'/>`),
    nic('user', mac(5), ''),
    ...(guest === 'a' ? [nic('ethernet', mac(6), `<source><ip address='10.26.0.1' family='ipv4' prefix='24'/></source>`)] : []),
  ];
};

/** Sets an address on each interface that nobody lends one, and tells which of the other guest's answer. */
const script = (own: number, other: number) => `
while :; do
  for i in 0 1 2 3 4 6; do
    [ -e /sys/class/net/eth$i ] || continue
    ip link set eth$i up
    ip address add 10.2$i.0.${own}/24 dev eth$i 2>/dev/null
    ping -c 1 -W 1 10.2$i.0.${other} >/dev/null 2>&1 && echo "virtbus-guest: reached $i" >$CONSOLE
  done
  echo "virtbus-guest: round" >$CONSOLE
done`;

async function consoleOf(domain: string): Promise<SerialConsole> {
  const { uuid } = await get(domain);
  const [path = ''] = execFileSync('find', [fleet.stateDir, '-path', `*${uuid}*`, '-name', 'serial0.sock'], { encoding: 'utf8' }).split(
    '\n',
  );
  return SerialConsole.connect(path);
}

test('two guests reach each other by sockets and macvtaps, as each type promises', async () => {
  await define(guestXml({ name: 'a', interfaces: interfacesOf('a').join(''), run: script(2, 3) }));
  await define(guestXml({ name: 'b', interfaces: interfacesOf('b').join(''), run: script(3, 2) }));
  await start('a');
  await start('b');
  const { interfaces } = await get('a');
  expect(interfaces.map(({ type, target, source }) => [type, target, source])).toEqual([
    ['mcast', undefined, undefined],
    ['udp', undefined, undefined],
    ['server', undefined, undefined],
    ['direct', 'macvtap0', 'up0'],
    ['direct', 'macvtap1', 'up0'],
    ['user', undefined, undefined],
    ['ethernet', 'vnet0', undefined],
  ]);
  expect(link('macvtap0')).toMatchObject({
    address: '52:54:00:00:0a:03',
    flags: expect.arrayContaining(['UP']),
    linkinfo: { info_kind: 'macvtap', info_data: { mode: 'bridge' } },
  });
  expect((await fleet.bus.request(contracts.getDomainXml, { domain: 'a' })).xml).toContain("<source dev='up0' mode='bridge'/>");
  const said = await consoleOf('a');
  await Promise.all([
    ...[0, 1, 2, 3].map((n) => said.waitFor(new RegExp(`reached ${n}`), 120_000)),
    said.waitFor(/up eth5 10\.0\.2\.15/, 120_000),
  ]);
  // The kernel drops what a private sibling broadcasts: no answer to "who has", however often it is asked.
  await said.waitFor(/round[^]*round/, 60_000, said.text.length);
  expect(said.text).not.toContain('reached 4');
  await vi.waitFor(() => fleet.inHost('busybox', 'ping', '-c', '1', '-W', '1', '10.26.0.2'), { timeout: 30_000, interval: 500 });
  said.close();
  await fleet.bus.run(contracts.suspendDomain, { domain: 'a' });
  expect(link('macvtap0')['flags']).not.toContain('UP');
  await fleet.bus.run(contracts.resumeDomain, { domain: 'a' });
  expect(link('macvtap0')['flags']).toContain('UP');
  await Promise.all([destroy('a'), destroy('b')]);
  await vi.waitFor(() => {
    expect(fleet.inHost('ip', '-br', 'link', 'show', 'type', 'macvtap') + fleet.inHost('ip', '-br', 'link', 'show', 'type', 'tun')).toBe(
      '',
    );
  }, 10_000);
});

describe('networks that lend links', () => {
  const onPool = (name: string, mac: string) => define(guestXml({ name, interfaces: nic('network', mac, `<source network='through'/>`) }));

  test('lend one in mode passthrough to one guest, and say so to the next', async () => {
    await fleet.bus.run(contracts.defineNetwork, {
      xml: `<network><name>through</name><forward mode='passthrough'><interface dev='pt0'/></forward></network>`,
    });
    await fleet.bus.run(contracts.startNetwork, { network: 'through' });
    await onPool('c', '0c:01');
    await onPool('d', '0d:01');
    // The host says which links it has as soon as they are there.
    await vi.waitFor(() => start('c'), { timeout: 15_000, interval: 500 });
    expect(link('pt0')['address']).toBe('52:54:00:00:0c:01');
    const { interfaces } = await get('c');
    expect(interfaces).toMatchObject([
      { type: 'direct', source: 'pt0', port: { actual: { type: 'direct', dev: 'pt0', mode: 'passthrough' } } },
    ]);
    expect(await refusal(start('d'))).toMatchObject({
      code: 'unschedulable',
      message: expect.stringContaining("0 of 1 devices of network 'through' are free, 1 are wanted"),
    });
    await destroy('c');
    await vi.waitFor(() => start('d'), { timeout: 15_000, interval: 500 });
    await destroy('d');
    await vi.waitFor(() => expect(link('pt0')['address']).toBe('02:00:00:00:00:20'), { timeout: 10_000 });
  });
});

describe('a start that cannot be, and leaves nothing', () => {
  test.each<[string, string, string, number, string]>([
    ['a macvtap on a link that is not there', nic('direct', '0e:01', `<source dev='eth9'/>`), 'system_error', 38, 'eth9'],
    [
      'a profile of a switch',
      nic('direct', '0e:01', `<source dev='up0'/><virtualport type='802.1Qbh'><parameters profileid='x'/></virtualport>`),
      'config_unsupported',
      67,
      '802.1Qbh',
    ],
    [
      'a PCI function on a host without IOMMU',
      `<interface type='hostdev'><mac address='52:54:00:00:0e:01'/><source><address type='pci' domain='0' bus='3' slot='16' function='0'/></source></interface>`,
      'config_unsupported',
      67,
      "host doesn't support passthrough of host PCI devices",
    ],
    [
      'a USB device',
      `<interface type='hostdev'><mac address='52:54:00:00:0e:01'/><source><address type='usb' bus='1' device='2'/></source></interface>`,
      'config_unsupported',
      67,
      'SR-IOV Virtual Functions only',
    ],
    ['what only bhyve has', nic('null', '0e:01', ''), 'config_unsupported', 67, "type 'null'"],
    [
      'a script that the host does not run',
      nic('ethernet', '0e:01', `<script path='/etc/qemu-ifup'/>`),
      'config_unsupported',
      67,
      '/etc/qemu-ifup',
    ],
    [
      'a vhost-user socket that nobody listens on',
      nic('vhostuser', '0e:01', `<source type='unix' path='/run/virtbus-nobody' mode='client'/>`),
      'qemu_failed',
      1,
      'virtbus-nobody',
    ],
    [
      'a VLAN on a bridge',
      nic('bridge', '0e:01', `<source bridge='br0'/><vlan><tag id='5'/></vlan>`),
      'config_unsupported',
      67,
      'vlan tag not supported for this connection type',
    ],
    [
      'vhost-net that is demanded and not there',
      nic('ethernet', '0e:01', `<driver name='vhost'/><backend vhost='/dev/virtbus-nobody'/>`),
      'config_unsupported',
      67,
      'vhost-net was requested for an interface, but is unavailable',
    ],
    ['a vDPA device that is not there', nic('vdpa', '0e:01', `<source dev='/dev/vhost-vdpa-0'/>`), 'system_error', 38, '/dev/vhost-vdpa-0'],
  ])('%s', async (_, interfaces, code, libvirt, words) => {
    await define(guestXml({ name: 'e', interfaces }));
    expect(await refusal(start('e'))).toMatchObject({ code, libvirt, message: expect.stringContaining(words) });
    expect(fleet.inHost('ip', '-br', 'link', 'show', 'type', 'macvtap') + fleet.inHost('ip', '-br', 'link', 'show', 'type', 'tun')).toBe(
      '',
    );
    await vi.waitFor(async () => expect((await fleet.bus.request(contracts.listHosts, {})).hosts).toMatchObject([{ domains: 0 }]), 10_000);
    await fleet.bus.run(contracts.undefineDomain, { domain: 'e' });
  });
});
