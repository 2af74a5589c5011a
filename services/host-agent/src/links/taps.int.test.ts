import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TapPlan } from '../core/link-plan.js';
import { bridgePlan, guestMac, tapPlan } from './conformance/case.js';
import type { HostLinks } from './host-links.js';
import { testHost, type TestHost } from './test-host.js';

let host: TestHost;
let links: HostLinks;
beforeEach(async () => {
  host = testHost();
  links = await host.open();
});
afterEach(() => host.remove());

const plug = async (change: Partial<TapPlan> = {}): Promise<string> => (await links.plugTap(tapPlan(change))).name;
const shown = (name: string) => (JSON.parse(host.run('ip', '-json', '-details', 'link', 'show', name)) as Record<string, unknown>[])[0];
const portShown = (name: string) =>
  (JSON.parse(host.run('bridge', '-json', '-details', 'link', 'show', 'dev', name)) as Record<string, unknown>[])[0];
const linkNames = () => (JSON.parse(host.run('ip', '-json', 'link', 'show')) as { ifname: string }[]).map(({ ifname }) => ifname);
const tunDescriptors = () => readdirSync('/proc/self/fd').length;

describe('as other tools see a tap', () => {
  beforeEach(async () => void (await links.ensureBridge(bridgePlan())));

  test.each([
    ['virtio', 1, '0x5002'],
    ['virtio', 2, '0x5102'],
    ['virtio-non-transitional', 1, '0x5002'],
    ['E1000E', 1, '0x5002'],
    ['vmxnet3', 1, '0x5002'],
    ['rtl8139', 1, '0x1002'],
    ['e1000', 1, '0x1002'],
    ['e1000', 2, '0x1102'],
  ])('the tun flags of %s with %i queues are %s', async (model, queues, flags) => {
    const name = await plug({ model, queues });
    expect(host.run('cat', `/sys/class/net/${name}/tun_flags`).trim()).toBe(flags);
  });

  test('no model takes no header', async () => {
    const { name } = await links.plugTap({ mac: guestMac, bridge: 'br-a' });
    expect(host.run('cat', `/sys/class/net/${name}/tun_flags`).trim()).toBe('0x1002');
  });

  test('it has the MAC under fe, is up, on its bridge, and learns and floods as the kernel does', async () => {
    const name = await plug();
    expect(shown(name)).toMatchObject({ address: 'fe:54:00:aa:bb:cc', master: 'br-a', mtu: 1500, flags: expect.arrayContaining(['UP']) });
    expect(portShown(name)).toMatchObject({ learning: true, flood: true, isolated: false, mcast_flood: true, bcast_flood: true });
  });

  test('with macTableManager libvirt it neither learns nor floods unicast, and no more than that', async () => {
    const name = await plug({ macTableManager: 'libvirt' });
    expect(portShown(name)).toMatchObject({ learning: false, flood: false, isolated: false, mcast_flood: true, bcast_flood: true });
    expect(host.run('bridge', 'fdb', 'show', 'dev', name)).not.toContain(guestMac);
    links.startForwarding(name, guestMac);
    expect(host.run('bridge', 'fdb', 'show', 'dev', name)).toMatch(new RegExp(`^${guestMac} .*master br-a static$`, 'm'));
    links.stopForwarding(name, guestMac);
    expect(host.run('bridge', 'fdb', 'show', 'dev', name)).not.toContain(guestMac);
  });

  test('what the bridge learned of its MAC gives way, what another tap has does not', async () => {
    const [first, second] = [await plug({ macTableManager: 'libvirt' }), await plug({ macTableManager: 'libvirt' })];
    host.run('bridge', 'fdb', 'add', guestMac, 'dev', second, 'master', 'dynamic');
    links.startForwarding(first, guestMac.toUpperCase());
    expect(host.run('bridge', 'fdb', 'show', 'dev', first)).toMatch(new RegExp(`^${guestMac} .*static$`, 'm'));
    expect(host.logged).toEqual([]);
    links.startForwarding(second, guestMac);
    expect(host.run('bridge', 'fdb', 'show', 'dev', second)).not.toContain(guestMac);
    expect(host.logged).toEqual([expect.stringMatching(/^warn: another port of the bridge has this MAC/)]);
  });

  test('with macTableManager kernel the flags stay', async () => {
    expect(portShown(await plug({ macTableManager: 'kernel' }))).toMatchObject({ learning: true, flood: true });
  });

  test('it can be isolated, and moved with its flags', async () => {
    await links.ensureBridge(bridgePlan({ name: 'br-b', mac: '52:54:00:00:00:02' }));
    const name = await plug({ isolated: true, macTableManager: 'libvirt' });
    expect(portShown(name)).toMatchObject({ isolated: true });
    links.moveTap(name, { bridge: 'br-b', isolated: true, macTableManager: 'libvirt' });
    expect(portShown(name)).toMatchObject({ master: 'br-b', isolated: true, learning: false, flood: false });
    links.moveTap(name, { bridge: 'br-b' });
    expect(portShown(name)).toMatchObject({ master: 'br-b', isolated: false });
  });
});

describe('the MTU', () => {
  test("of the bridge is not lowered by plugging, but by the interface's own", async () => {
    await links.ensureBridge(bridgePlan());
    host.run('ip', 'link', 'add', 'jumbo', 'mtu', '9000', 'type', 'veth', 'peer', 'name', 'far');
    host.run('ip', 'link', 'set', 'jumbo', 'master', 'br-a');
    expect(shown('br-a')).toMatchObject({ mtu: 9000 });
    expect(shown(await plug())).toMatchObject({ mtu: 9000 });
    expect(shown('br-a')).toMatchObject({ mtu: 9000 });
    await plug({ mtu: 1300 });
    expect(shown('br-a')).toMatchObject({ mtu: 1300 });
  });

  test('of a bridge that was given one stays', async () => {
    await links.ensureBridge(bridgePlan({ mtu: 1400 }));
    await plug({ mtu: 1300 });
    expect(shown('br-a')).toMatchObject({ mtu: 1400 });
  });
});

describe('a failure leaves nothing behind', () => {
  beforeEach(async () => {
    await links.ensureBridge(bridgePlan());
    host.run('ip', 'link', 'add', 'eth9', 'type', 'veth', 'peer', 'name', 'far');
  });

  test.each<[string, Partial<TapPlan>, RegExp]>([
    ['at a MAC that is none', { mac: 'nonsense' }, /^cannot give vnet0 its MAC and the MTU of br-a: /],
    ['at the bridge, which is none', { bridge: 'eth9' }, /^cannot attach vnet0 to eth9: RTM_SETLINK vnet0: /],
    ["at the interface's own MTU", { mtu: 100_000 }, /^cannot give vnet0 the MTU 100000: RTM_SETLINK vnet0: /],
    ['at the queues', { queues: 257 }, /^cannot make the tap vnet0: TUNSETIFF vnet0: /],
  ])('%s', async (_, change, words) => {
    const before = [linkNames(), tunDescriptors()];
    const failure: unknown = await links
      .plugTap(tapPlan({ queues: 4, macTableManager: 'libvirt', ...change }))
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      name: 'LinkError',
      code: 'system',
      libvirtCode: 38,
      message: expect.stringMatching(words),
      cause: expect.any(Error),
    });
    expect([linkNames(), tunDescriptors()]).toEqual(before);
  });

  test("someone's persistent tap is not taken over", async () => {
    host.run('ip', 'tuntap', 'add', 'mine', 'mode', 'tap');
    await expect(plug({ target: 'mine' })).rejects.toThrow(expect.objectContaining({ code: 'tap_exists', libvirtCode: 55 }));
    expect(linkNames()).toContain('mine');
  });

  test('a tap is put back when it cannot be attached elsewhere', async () => {
    const name = await plug({ mtu: 1300 });
    expect(() => links.moveTap(name, { bridge: 'eth9' })).toThrow(/^cannot attach vnet0 to eth9: /);
    expect(shown(name)).toMatchObject({ master: 'br-a', mtu: 1300 });
  });
});
