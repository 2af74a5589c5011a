import { beforeEach, describe, expect, test, vi } from 'vitest';
import { codeOf, mac, order, portOf, TestWorld, uuid, xml } from '../test-world.js';

let world: TestWorld;
const asked = () => world.guest().executed.filter((command) => command === 'query-rx-filter').length;
const trust = (trustGuestRxFilters: boolean) => {
  world.grant = (wish) => portOf(wish, { trustGuestRxFilters });
};
const macvtap = xml
  .replace("type='network'", "type='direct' trustGuestRxFilters='yes'")
  .replace("network='lab'", "dev='eth0' mode='bridge'");
beforeEach(() => {
  world = new TestWorld();
  world.host.uplinks.set('eth0', { mac: '02:00:00:00:00:01', up: true });
});

describe('before a guest runs', () => {
  test('its macvtap lets through what its card does', async () => {
    await world.runner.start(order({ xml: macvtap }), 'start');
    expect(world.host.macvtaps.get('macvtap0')?.filter).toMatchObject({ mac, promiscuous: true });
    expect(world.guest().executed.indexOf('query-rx-filter')).toBeLessThan(world.guest().executed.indexOf('cont'));
  });

  test('also when it is started paused', async () => {
    await world.runner.start(order({ xml: macvtap, paused: true }), 'start');
    expect(asked()).toBe(1);
  });

  test.each([
    ['one that is not trusted', false, 'virtio'],
    ['one of a model that cannot say', true, 'rtl8139'],
  ])('QEMU is not asked of %s', async (_, trusted, model) => {
    trust(trusted);
    await world.runner.start(order({ xml: xml.replace("model type='virtio'", `model type='${model}'`) }), 'start');
    expect([asked(), world.guest().executed.includes('cont')]).toEqual([0, true]);
  });

  test('an answer that cannot be had fails the start, and leaves nothing', async () => {
    const make = world.qemus.make.bind(world.qemus);
    vi.spyOn(world.qemus, 'make').mockImplementation((...of) => {
      const qemu = make(...of);
      qemu.refusals.set('query-rx-filter', 'invalid net client name: net0');
      return qemu;
    });
    expect(await codeOf(world.runner.start(order({ xml: macvtap }), 'start'))).toBe('operation_failed');
    expect([world.host.macvtaps.size, world.qemus.running.has(uuid)]).toEqual([0, false]);
  });
});

describe('after a restart of the agent', () => {
  test('a trusted guest is asked, for it may have changed meanwhile', async () => {
    await world.runner.start(order({ xml: macvtap }), 'start');
    const [filter] = world.guest().rxFilter as object[];
    const moved = '52:54:00:00:00:77';
    world.guest().rxFilter = [
      { ...filter, 'main-mac': moved, promiscuous: false, 'vlan-table': [], 'multicast-table': ['01:00:5e:00:00:01'] },
    ];
    await world.restart().restore();
    await vi.waitFor(() => expect(world.told).toContain(`rxfilter net0 ${moved}`));
    expect(world.host.macvtaps.get('macvtap0')?.filter).toMatchObject({ mac: moved, promiscuous: false, groups: ['01:00:5e:00:00:01'] });
  });

  test('one that cannot answer runs on, and it is said', async () => {
    await world.runner.start(order({ xml: macvtap }), 'start');
    world.guest().refusals.set('query-rx-filter', 'no');
    await world.restart().restore();
    await vi.waitFor(() => expect(world.warned).toContainEqual(expect.stringContaining('the filter of net0 is not followed')));
    expect(world.last().state).toBe('running');
  });

  test('one that is not trusted is not asked', async () => {
    trust(false);
    await world.runner.start(order(), 'start');
    await world.restart().restore();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(asked()).toBe(0);
  });
});
