import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BridgePlan } from '../core/link-plan.js';
import { bridgePlan } from './conformance/case.js';
import type { HostLinks } from './host-links.js';
import { testHost, type TestHost } from './test-host.js';

let host: TestHost;
let links: HostLinks;
beforeEach(async () => {
  host = testHost();
  links = await host.open();
});
afterEach(() => host.remove());

interface Shown {
  readonly address: string;
  readonly mtu: number;
  readonly flags: string[];
  readonly linkinfo: {
    readonly info_data: { readonly stp_state: number; readonly forward_delay: number; readonly vlan_filtering?: number };
  };
  readonly addr_info: { readonly local: string; readonly prefixlen: number; readonly tentative?: boolean }[];
}
const shown = (name = 'br-a') => (JSON.parse(host.run('ip', '-json', '-details', 'addr', 'show', name)) as [Shown])[0];
const addresses = () =>
  shown()
    .addr_info.filter(({ local }) => !local.startsWith('fe80'))
    .map(({ local, prefixlen }) => `${local}/${prefixlen}`);
const exists = (name = 'br-a') => host.run('ip', '-json', 'link', 'show').includes(`"${name}"`);
const sysctl = (path: string) => host.run('cat', `/proc/sys/net/${path}`).trim();
const v4 = { family: 'ipv4', address: '10.77.0.1', prefix: 24 } as const;
const v6 = { family: 'ipv6', address: 'fd00:77::1', prefix: 64 } as const;
const refused = (code: string, libvirtCode: number) => expect.objectContaining({ name: 'LinkError', code, libvirtCode });

describe('a bridge as other tools see it', () => {
  test('everything that its plan says', async () => {
    const answer = await links.ensureBridge(
      bridgePlan({ mtu: 1400, stp: true, delaySeconds: 5, addresses: [v4, v6], forwarding: { ipv4: true, ipv6: true } }),
    );
    expect(answer).toEqual({ changed: true, warnings: [] });
    expect(shown()).toMatchObject({ address: '52:54:00:00:00:01', mtu: 1400, flags: expect.arrayContaining(['UP']) });
    expect(shown().linkinfo.info_data).toMatchObject({ stp_state: 1, forward_delay: 500 });
    expect(addresses()).toEqual(['10.77.0.1/24', 'fd00:77::1/64']);
    expect(shown().addr_info.some(({ tentative }) => tentative)).toBe(false);
    const settings = [
      'ipv4/ip_forward',
      'ipv6/conf/all/forwarding',
      'ipv6/conf/br-a/disable_ipv6',
      'ipv6/conf/br-a/accept_ra',
      'ipv6/conf/br-a/autoconf',
    ];
    expect(settings.map(sysctl)).toEqual(['1', '1', '0', '0', '0']);
  });

  test('without IPv6 and forwarding there is none', async () => {
    await links.ensureBridge(bridgePlan({ addresses: [v4] }));
    expect(['ipv4/ip_forward', 'ipv6/conf/all/forwarding', 'ipv6/conf/br-a/disable_ipv6'].map(sysctl)).toEqual(['0', '0', '1']);
  });

  test.each([
    [false, 0, 0, 0],
    [false, 40, 0, 4000],
    [true, 0, 1, 200],
    [true, 1, 1, 200],
    [true, 40, 1, 3000],
  ])('STP %s with a delay of %i s reads back as %i and %i cs, and again', async (stp, delaySeconds, state, delay) => {
    await links.ensureBridge(bridgePlan({ stp, delaySeconds }));
    expect(shown().linkinfo.info_data).toMatchObject({ stp_state: state, forward_delay: delay });
    expect(await links.ensureBridge(bridgePlan({ stp, delaySeconds }))).toEqual({ changed: false, warnings: [] });
  });

  test('VLAN filtering is on, or a warning says that the kernel has none and all else holds', async () => {
    const { warnings } = await links.ensureBridge(bridgePlan({ vlanFiltering: true, addresses: [v4] }));
    expect(warnings).toHaveLength(shown().linkinfo.info_data.vlan_filtering === 1 ? 0 : 1);
    expect(shown().flags).toContain('UP');
    expect(addresses()).toEqual(['10.77.0.1/24']);
  });

  test('VLAN filtering on a bridge of the host leaves all else as it is', () => {
    host.run('ip', 'link', 'add', 'br9', 'type', 'bridge', 'stp_state', '1', 'forward_delay', '700');
    const before = shown('br9');
    const { warnings } = links.ensureVlanFiltering('br9');
    const { vlan_filtering: filtering, ...rest } = shown('br9').linkinfo.info_data;
    expect(before.linkinfo.info_data).toMatchObject(rest);
    expect(warnings).toHaveLength(filtering === 1 ? 0 : 1);
  });

  test('static routes, and a warning for one that cannot be', async () => {
    const routes: BridgePlan['routes'] = [
      { family: 'ipv4', address: '10.99.0.0', prefix: 16, gateway: '10.77.0.2', metric: 5 },
      { family: 'ipv4', address: '10.98.0.0', prefix: 16, gateway: '172.30.0.1' },
    ];
    const { warnings } = await links.ensureBridge(bridgePlan({ addresses: [v4], routes }));
    expect(warnings).toEqual([expect.stringMatching(/^cannot add the route to 10\.98\.0\.0\/16 by 172\.30\.0\.1: /)]);
    expect(host.run('ip', 'route')).toMatch(/^10\.99\.0\.0\/16 via 10\.77\.0\.2 dev br-a proto static metric 5/m);
  });
});

describe('what differs is put right', () => {
  test.each<[string, string[], string[]]>([
    ['a bridge that is down', ['ip', 'link', 'set', 'br-a', 'down'], []],
    ['an MTU', ['ip', 'link', 'set', 'br-a', 'mtu', '1280'], []],
    ['STP and its delay', ['ip', 'link', 'set', 'br-a', 'type', 'bridge', 'stp_state', '0', 'forward_delay', '900'], []],
    ['an address that is gone', ['ip', 'addr', 'del', '10.77.0.1/24', 'dev', 'br-a'], []],
    ['an address too many', ['ip', 'addr', 'add', '10.78.0.1/24', 'dev', 'br-a'], []],
  ])('%s', async (_, command) => {
    const plan = bridgePlan({ mtu: 1400, stp: true, delaySeconds: 5, addresses: [v4, v6] });
    await links.ensureBridge(plan);
    const before = shown();
    host.run(command[0]!, ...command.slice(1));
    expect(await links.ensureBridge(plan)).toEqual({ changed: true, warnings: [] });
    expect({ ...shown(), addr_info: addresses() }).toMatchObject({
      mtu: before.mtu,
      flags: before.flags,
      addr_info: ['10.77.0.1/24', 'fd00:77::1/64'],
    });
    expect(shown().linkinfo.info_data).toMatchObject({ stp_state: 1, forward_delay: 500 });
    expect(await links.ensureBridge(plan)).toEqual({ changed: false, warnings: [] });
  });

  test("a link-local address is the kernel's", async () => {
    await links.ensureBridge(bridgePlan({ addresses: [v6] }));
    host.run('ip', 'addr', 'add', 'fe80::77/64', 'dev', 'br-a', 'nodad');
    expect(await links.ensureBridge(bridgePlan({ addresses: [v6] }))).toEqual({ changed: false, warnings: [] });
    expect(shown().addr_info.map(({ local }) => local)).toContain('fe80::77');
  });

  test('an IPv6 address written differently is the same', async () => {
    await links.ensureBridge(bridgePlan({ addresses: [{ ...v6, address: 'FD00:77:0:0::1' }] }));
    expect(await links.ensureBridge(bridgePlan({ addresses: [v6] }))).toEqual({ changed: false, warnings: [] });
  });
});

describe('a bridge is refused, and nothing is left', () => {
  test('when a route of the host leads to the same network', async () => {
    host.run('ip', 'link', 'add', 'eth9', 'up', 'type', 'veth', 'peer', 'name', 'far');
    host.run('ip', 'addr', 'add', '10.77.0.200/24', 'dev', 'eth9');
    const failure: unknown = await links.ensureBridge(bridgePlan({ addresses: [v4] })).catch((error: unknown) => error);
    expect(failure).toEqual(refused('network_in_use', 1));
    expect(failure).toMatchObject({ message: 'the network 10.77.0.0/24 is already in use by interface eth9' });
    expect(exists()).toBe(false);
    await links.ensureBridge(bridgePlan({ addresses: [{ ...v4, prefix: 23 }] }));
  });

  test("when a static route's network is in use", async () => {
    host.run('ip', 'route', 'add', '10.99.0.0/16', 'dev', 'lo');
    const routes = [{ family: 'ipv4', address: '10.99.0.7', prefix: 16, gateway: '10.77.0.2' }] as const;
    await expect(links.ensureBridge(bridgePlan({ addresses: [v4], routes }))).rejects.toThrow(refused('network_in_use', 1));
  });

  test('when forwarding IPv6 would cost the host its routes', async () => {
    host.run('ip', 'link', 'add', 'eth9', 'up', 'type', 'veth', 'peer', 'name', 'far');
    host.run('ip', '-6', 'route', 'add', 'fd00:a::/64', 'dev', 'eth9', 'proto', 'ra');
    const plan = bridgePlan({ addresses: [v6], forwarding: { ipv4: false, ipv6: true } });
    await expect(links.ensureBridge(plan)).rejects.toThrow(refused('ipv6_forwarding_unsafe', 1));
    expect(exists()).toBe(false);
    expect(sysctl('ipv6/conf/all/forwarding')).toBe('0');
    host.run('sh', '-c', 'echo 2 > /proc/sys/net/ipv6/conf/eth9/accept_ra');
    await links.ensureBridge(plan);
    expect(sysctl('ipv6/conf/all/forwarding')).toBe('1');
  });

  test.each<[string, Partial<BridgePlan>]>([
    ['with an address that is none', { addresses: [{ family: 'ipv4', address: '10.77.0.256', prefix: 24 }] }],
    ['with an MTU that is too large', { mtu: 100_000 }],
    ['with a multicast MAC', { mac: '01:00:5e:00:00:01' }],
    ['with a name that is too long', { name: 'abcdefghijklmnop' }],
  ])('%s', async (_, change) => {
    await expect(links.ensureBridge(bridgePlan(change))).rejects.toThrow(refused('system', 38));
    expect(exists()).toBe(false);
  });

  test('when a link of another kind has its name', async () => {
    host.run('ip', 'link', 'add', 'br-a', 'address', '52:54:00:00:00:01', 'type', 'veth', 'peer', 'name', 'far');
    await expect(links.ensureBridge(bridgePlan())).rejects.toThrow(refused('bridge_foreign', 38));
    await expect(links.removeBridge(bridgePlan())).rejects.toThrow(refused('bridge_foreign', 38));
    expect(exists()).toBe(true);
  });
});
