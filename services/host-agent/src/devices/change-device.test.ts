import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Refusal, type ChangePlacedDevice } from '@virtbus/contracts';
import { LinkError } from '../links/link-error.js';
import { codeOf, mac, order, portOf, TestWorld, uuid } from '../test-world.js';

const second = '52:54:00:00:00:02';
const nic = (address = second, inner = '') =>
  `<interface type='network'><mac address='${address}'/><source network='lab'/><model type='virtio'/>${inner}</interface>`;
const change = (xml: string, config = false): ChangePlacedDevice => ({ uuid, name: 'demo', epoch: 1, xml, config });

let world: TestWorld;
beforeEach(async () => {
  world = new TestWorld();
  await world.runner.start(order(), 'start');
  world.told.length = 0;
});

const attach = (xml = nic(), { by = 'one', config = false } = {}) =>
  world.runner.changeDevice({ change: 'attach', xml }, change(xml, config), by);
const detach = (xml = nic(), by = 'two') => world.runner.changeDevice({ change: 'detach', xml }, change(xml), by);
const update = (xml: string, by = 'three') => world.runner.changeDevice({ change: 'update', xml }, change(xml), by);
const recorded = () => world.journal.values.get(uuid)?.interfaces ?? [];
const taps = () => [...world.host.taps.keys()];
const rest = () => ({
  taps: taps(),
  devices: [...world.guest().devices].filter((each) => each.startsWith('net')),
  netdevs: [...world.guest().netdevs],
  onRecord: recorded().length,
});
const alone = { taps: ['vnet0'], devices: ['net0'], netdevs: ['hostnet0'], onRecord: 1 };

describe('on a host whose disk is full', () => {
  const placed = { uuid, name: 'demo', epoch: 1 };
  const full = () => vi.spyOn(world.journal, 'write').mockRejectedValue(new Error('ENOSPC: no space left on device, write'));
  const known = () => world.runner.guest(uuid)?.entry;
  const rng = `<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>`;

  test.each([
    ['an interface is not plugged', () => attach()],
    ['a device is not plugged', () => attach(rng)],
    ['an interface is not let go', () => detach(nic(mac))],
  ])('%s, and it is as if nobody had asked', async (_, act) => {
    const before = known();
    const disk = full();
    expect(await codeOf(act())).toBe('system_error');
    disk.mockRestore();
    expect([known(), taps(), world.guest().executed.filter((each) => /device|netdev/.test(each))]).toEqual([before, ['vnet0'], []]);
    await world.runner.perform('suspend', placed);
    await world.runner.perform('resume', placed);
    expect(world.last().state).toBe('running');
  });
});

describe('attach', () => {
  test('plugs, tells QEMU, and keeps it on record', async () => {
    await attach();
    expect(world.guest().executed.filter((each) => /getfd|_add/.test(each))).toEqual(['getfd', 'netdev_add', 'device_add']);
    expect(world.guest().given.get('netdev_add')).toMatchObject({ type: 'tap', id: 'hostnet1', fd: 'tapfd-net1' });
    expect(world.guest().given.get('device_add')).toMatchObject({ driver: 'virtio-net-pci', netdev: 'hostnet1', id: 'net1', mac: second });
    expect(recorded()[1]).toEqual(expect.not.objectContaining({ stage: expect.anything() }));
    expect([...(world.host.taps.get('vnet1')?.forwarding ?? [])]).toEqual([second]);
    expect(world.last().xml).toContain("<target dev='vnet1'/>");
    expect(world.told).toEqual(['deviceadded net1']);
  });

  test('delivered again finds its own work, and the definition is asked for again', async () => {
    await attach(nic(), { config: true });
    await attach(nic(), { config: true });
    expect([taps(), world.revised]).toEqual([
      ['vnet0', 'vnet1'],
      ['one', 'one'],
    ]);
  });

  test.each<[string, () => void, string]>([
    ['the link cannot be made', () => world.links.failures.set('plugTap', new LinkError('system', 'no')), 'system_error'],
    ['QEMU takes no descriptor', () => world.guest().refusals.set('getfd', 'no'), 'operation_failed'],
    ['QEMU takes no netdev', () => world.guest().refusals.set('netdev_add', 'no'), 'operation_failed'],
    ['QEMU takes no card', () => world.guest().refusals.set('device_add', 'no'), 'operation_failed'],
    ['the entry is refused', () => world.links.failures.set('startForwarding', new LinkError('system', 'no')), 'system_error'],
  ])('that fails because %s takes everything back', async (_, prepare, code) => {
    prepare();
    expect(await codeOf(attach())).toBe(code);
    await vi.waitFor(() => expect(rest()).toEqual(alone));
    expect([world.released, world.told]).toEqual([[[second]], []]);
    world.guest().refusals.clear();
    await attach(nic(), { by: 'again' });
    expect(recorded()[1]?.target).toBe('vnet2');
  });

  test.each([
    ['a MAC that it has on the network', nic(mac), 'mac_in_use'],
    [
      'a kind that nobody plugs',
      `<interface type='mcast'><mac address='${second}'/><source address='230.0.0.1' port='5558'/></interface>`,
      'operation_unsupported',
    ],
    ['another device', `<iommu model='intel'/>`, 'operation_unsupported'],
    ['nonsense', `<interface`, 'xml_detail'],
  ])('%s: %s', async (_, xml, code) => expect(await codeOf(attach(xml))).toBe(code));
});

test('two devices do not have one alias', async () => {
  await attach(nic(second, `<alias name='ua-x'/>`));
  const third = nic('52:54:00:00:00:03', `<alias name='ua-x'/>`);
  expect(await codeOf(attach(third, { by: 'two' }))).toBe('xml_error');
  expect(recorded().map(({ alias }) => alias)).toEqual(['net0', 'ua-x']);
});

describe('detach', () => {
  beforeEach(() => attach());

  test('waits for the guest, then nothing is left', async () => {
    await detach();
    expect([rest(), world.released, world.told]).toEqual([alone, [[second]], ['deviceadded net1', 'deviceremoved net1']]);
    expect(world.last().xml).not.toContain(second);
  });

  test('that the guest refuses says so, and the interface stays', async () => {
    world.guest().onEject = 'refuses';
    expect(await codeOf(detach())).toBe('operation_failed');
    expect([recorded()[1]?.stage, taps(), world.told.at(-1)]).toEqual([undefined, ['vnet0', 'vnet1'], 'deviceremovalfailed net1']);
    world.guest().onEject = 'lets go';
    await detach();
    expect(rest()).toEqual(alone);
  });

  test('that the guest ignores is good after libvirt’s five seconds; what is left goes when the guest lets go', async () => {
    world.guest().onEject = 'ignores it';
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const detaching = detach();
    await vi.advanceTimersByTimeAsync(5_000);
    vi.useRealTimers();
    await detaching;
    expect([recorded()[1]?.stage, taps()]).toEqual(['unplugging', ['vnet0', 'vnet1']]);
    world.guest().letGo('net1');
    await vi.waitFor(() => expect(rest()).toEqual(alone));
    expect(world.told.at(-1)).toBe('deviceremoved net1');
  });

  test('that QEMU refuses leaves it as it was', async () => {
    world.guest().refusals.set('device_del', 'Bus does not support hotplugging');
    expect(await codeOf(detach())).toBe('operation_failed');
    expect(recorded()[1]?.stage).toBeUndefined();
  });

  test('of what is not there is refused; by its own command come again it is not', async () => {
    expect(await codeOf(detach(nic('52:54:00:00:00:99')))).toBe('no_device');
    await detach();
    expect(await codeOf(detach())).toBe('nothing was refused');
    expect(await codeOf(detach(nic(), 'three'))).toBe('no_device');
  });
});

describe('update', () => {
  test('of the link state tells QEMU and the live definition', async () => {
    await update(nic(mac, `<link state='down'/>`));
    expect(world.guest().given.get('set_link')).toEqual({ name: 'net0', up: false });
    expect(world.last().xml).toContain(`<link state='down'/>`);
    await update(nic(mac), 'four');
    expect(world.guest().given.get('set_link')).toEqual({ name: 'net0', up: true });
  });

  test('that QEMU refuses leaves link, tap and port as they were', async () => {
    world.guest().refusals.set('set_link', 'no');
    world.grant = (wish) => portOf(wish, { isolated: wish.isolated ?? false });
    expect(await codeOf(update(nic(mac, `<link state='down'/><port isolated='yes'/>`)))).toBe('operation_failed');
    expect([world.host.taps.get('vnet0')?.isolated, recorded()[0]?.port?.actual.isolated]).toEqual([false, false]);
  });

  test('of the isolation changes the port', async () => {
    world.grant = (wish) => portOf(wish, { isolated: wish.isolated ?? false });
    await update(nic(mac, `<port isolated='yes'/>`));
    expect([world.host.taps.get('vnet0')?.isolated, recorded()[0]?.port?.actual.isolated]).toEqual([true, true]);
  });

  test.each([
    ['the model', nic(mac).replace("'virtio'", "'e1000'"), 'operation_unsupported'],
    ['the MTU', nic(mac, `<mtu size='1400'/>`), 'operation_unsupported'],
    ['the tap’s name', nic(mac, `<target dev='other'/>`), 'operation_unsupported'],
    ['the place', nic(mac, `<address type='pci' domain='0' bus='0' slot='9' function='0'/>`), 'no_device'],
    ['the boot order', nic(mac, `<boot order='1'/>`), 'operation_unsupported'],
    ['the queues', nic(mac, `<driver queues='2'/>`), 'operation_unsupported'],
    ['the kind of connection', `<interface type='user'><mac address='${mac}'/><model type='virtio'/></interface>`, 'operation_unsupported'],
  ])('of %s is refused', async (_, xml, code) => expect(await codeOf(update(xml))).toBe(code));
});

describe('after a restart of the agent', () => {
  const restore = async () => world.restart().restore();

  test('a plug that QEMU never got is taken back', async () => {
    await attach();
    const entry = world.journal.values.get(uuid)!;
    world.journal.values.set(uuid, {
      ...entry,
      settled: [],
      interfaces: entry.interfaces.map((each) => (each.mac === second ? { ...each, stage: 'plugging', by: 'one' } : each)),
    });
    world.guest().devices.delete('net1');
    await restore();
    expect(rest()).toEqual(alone);
    await vi.waitFor(() => expect(world.kept).toEqual([[mac]]));
  });

  test('ports that nobody wrote down are given back once netd can be asked, and no guest waits for it', async () => {
    world.netdIsAway = true;
    await restore();
    await attach();
    world.netdIsAway = false;
    await vi.waitFor(() => expect(world.kept).toEqual([[mac, second]]));
  });

  test('a plug that QEMU has is finished, and its command finds it done', async () => {
    await attach();
    const entry = world.journal.values.get(uuid)!;
    world.host.taps.set('vnet1', { ...world.host.taps.get('vnet1')!, forwarding: new Set() });
    world.journal.values.set(uuid, {
      ...entry,
      settled: [],
      interfaces: entry.interfaces.map((each) => (each.mac === second ? { ...each, stage: 'plugging', by: 'one' } : each)),
    });
    await restore();
    expect([recorded()[1]?.stage, [...(world.host.taps.get('vnet1')?.forwarding ?? [])]]).toEqual([undefined, [second]]);
    expect(await codeOf(attach())).toBe('nothing was refused');
  });

  test('what the guest let go meanwhile is taken away', async () => {
    await attach();
    world.guest().devices.delete('net1');
    await restore();
    expect(rest()).toEqual(alone);
  });

  test('what was to go is asked for again', async () => {
    await attach();
    const entry = world.journal.values.get(uuid)!;
    world.journal.values.set(uuid, {
      ...entry,
      interfaces: entry.interfaces.map((each) => (each.mac === second ? { ...each, stage: 'unplugging' } : each)),
    });
    await restore();
    await vi.waitFor(() => expect(rest()).toEqual(alone));
  });

  test('what somebody changed is put right and said', async () => {
    world.host.taps.set('vnet0', { ...world.host.taps.get('vnet0')!, forwarding: new Set() });
    await restore();
    expect([...(world.host.taps.get('vnet0')?.forwarding ?? [])]).toEqual([mac]);
    expect(world.warned).toContainEqual(expect.stringContaining('forwarding entry of vnet0'));
  });
});

describe('a guest that changes its MAC address', () => {
  const answer = (address: string) => [
    {
      name: 'net0',
      'main-mac': address,
      promiscuous: false,
      'broadcast-allowed': true,
      unicast: 'normal',
      'unicast-overflow': false,
      'unicast-table': [],
      multicast: 'normal',
      'multicast-overflow': false,
      'multicast-table': [],
      vlan: 'normal',
      'vlan-table': [0],
    },
  ];
  const forwarded = () => [...(world.host.taps.get('vnet0')?.forwarding ?? [])];
  const boot = async (trustGuestRxFilters: boolean) => {
    world = new TestWorld();
    world.grant = (wish) => portOf(wish, { trustGuestRxFilters });
    await world.runner.start(order(), 'start');
    world.told.length = 0;
  };

  test('and is trusted is followed by the forwarding table, also over a suspension and a restart of the agent', async () => {
    await boot(true);
    world.guest().rxFilter = answer(second);
    world.guest().tell('NIC_RX_FILTER_CHANGED', { name: 'net0', path: '' });
    await vi.waitFor(() => expect(world.told).toEqual([`rxfilter net0 ${second}`]));
    expect(forwarded()).toEqual([second]);
    const placed = { uuid, name: 'demo', epoch: 1 };
    await world.runner.perform('suspend', placed);
    expect(forwarded()).toEqual([]);
    await world.restart().restore();
    await world.runner.perform('resume', placed);
    expect(forwarded()).toEqual([second]);
  });

  const moves = (address: string) => {
    world.guest().rxFilter = answer(address);
    world.guest().tell('NIC_RX_FILTER_CHANGED', { name: 'net0', path: '' });
  };

  test('and is trusted is made known to the other hosts, also on the network that it is moved to, until it goes back', async () => {
    await boot(true);
    moves(second);
    await vi.waitFor(() => expect(world.followed).toEqual([`${mac} ${second}`]));
    await update(nic(mac).replace("network='lab'", "network='other'"));
    expect(world.followed).toEqual([`${mac} ${second}`, `${mac} ${second}`]);
    expect(forwarded()).toEqual([second]);
    moves(mac);
    await vi.waitFor(() => expect(world.followed.at(-1)).toBe(`${mac} ${mac}`));
    await vi.waitFor(() => expect(forwarded()).toEqual([mac]));
  });

  test('to one that another has on its network is not followed', async () => {
    await boot(true);
    world.refuseGuestMac = new Refusal('mac_in_use', 'in use');
    moves(second);
    await vi.waitFor(() => expect(world.warned).toContainEqual(expect.stringContaining('the filter of net0 is not followed: in use')));
    expect(forwarded()).toEqual([mac]);
  });

  test('again while that is refused is followed', async () => {
    await boot(true);
    const third = '52:54:00:00:00:03';
    let refuse = (): void => undefined;
    world.netdTakes = new Promise<void>((resolve) => (refuse = resolve)).then(() => Promise.reject(new Refusal('mac_in_use', 'in use')));
    moves(second);
    await vi.waitFor(() => expect(world.guest().executed.filter((each) => each === 'query-rx-filter').length).toBe(2));
    moves(third);
    refuse();
    await expect(world.netdTakes).rejects.toThrow('in use');
    world.netdTakes = Promise.resolve();
    await vi.waitFor(() => expect(forwarded()).toEqual([third]));
  });

  test('while netd is away is followed once it can be told', async () => {
    await boot(true);
    world.netdIsAway = true;
    moves(second);
    await vi.waitFor(() => expect(world.warned).toContainEqual(expect.stringContaining('nobody answers')));
    expect(forwarded()).toEqual([mac]);
    world.netdIsAway = false;
    await vi.waitFor(() => expect(forwarded()).toEqual([second]), 5_000);
  });

  test('can be asked about, by MAC, link or alias, if it is trusted', async () => {
    await boot(true);
    world.guest().rxFilter = answer(second);
    const asked = async (name: string) => world.runner.guest(uuid)?.cardFilter(name);
    for (const name of [mac.toUpperCase(), 'vnet0', 'net0'])
      expect(await asked(name)).toMatchObject({ alias: 'net0', mac, target: 'vnet0', trusted: true, filter: { mac: second } });
    await expect(asked('net7')).rejects.toMatchObject({ code: 'no_device' });
    await boot(false);
    expect(await asked('net0')).toEqual({ alias: 'net0', mac, target: 'vnet0', trusted: false });
    expect(world.guest().executed).not.toContain('query-rx-filter');
  });

  test('and is not trusted is told of, and QEMU is not asked', async () => {
    await boot(false);
    world.guest().tell('NIC_RX_FILTER_CHANGED', { name: 'net0', path: '' });
    await vi.waitFor(() => expect(world.told).toEqual(['rxfilter net0 ']));
    expect([forwarded(), world.guest().executed.includes('query-rx-filter')]).toEqual([[mac], false]);
  });

  test('a hundred times in a row costs two questions beside the one at the start', async () => {
    await boot(true);
    world.guest().rxFilter = answer(second);
    for (let time = 0; time < 100; time += 1) world.guest().tell('NIC_RX_FILTER_CHANGED', { name: 'net0', path: '' });
    await vi.waitFor(() => expect(world.told.length).toBe(2));
    expect(world.guest().executed.filter((each) => each === 'query-rx-filter').length).toBe(3);
  });

  test('with an answer of QEMU that makes no sense changes nothing', async () => {
    await boot(true);
    world.guest().rxFilter = [{}];
    world.guest().tell('NIC_RX_FILTER_CHANGED', { name: 'net0', path: '' });
    await vi.waitFor(() => expect(world.warned).toContainEqual(expect.stringContaining('is not followed')));
    expect([forwarded(), world.told]).toEqual([[mac], []]);
  });
});
