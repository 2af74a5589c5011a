import { describe, expect, test } from 'vitest';
import { Refusal, type HostNetwork } from '@virtbus/contracts';
import type { NetworkFacts } from './network-facts.js';
import { addressOfMac, overlayLink, overlayPlanOf } from './overlay-plan.js';
import { tunnelRules } from './tunnel-rules.js';

const network: HostNetwork = {
  uuid: '81ff0d90-c91e-6742-64da-4a736edb9a9b',
  name: 'wide',
  activation: 1,
  bridge: 'virbr0',
  forwarding: { mode: 'none' },
  overlay: { vni: 4711, port: 4789 },
  settings: {
    mac: '52:54:00:aa:bb:cc',
    mtu: 1450,
    stp: true,
    delaySeconds: 0,
    addresses: [{ family: 'ipv4', address: '10.9.0.1', prefix: 24 }],
  },
};
const facts: NetworkFacts = {
  ports: [
    { mac: '52:54:00:00:00:01', hostId: 'a', domainName: 'one', addresses: [{ family: 'ipv4', address: '10.9.0.11' }] },
    { mac: '52:54:00:00:00:02', hostId: 'b', domainName: 'two', addresses: [{ family: 'ipv4', address: '10.9.0.12' }] },
    { mac: '52:54:00:00:00:03', hostId: 'nowhere', domainName: 'three' },
  ],
  hosts: [
    { hostId: 'a', tunnelAddress: '192.0.2.1' },
    { hostId: 'b', tunnelAddress: '192.0.2.2' },
    { hostId: 'c', tunnelAddress: '192.0.2.3' },
  ],
};
const here = { hostId: 'a', tunnelAddress: '192.0.2.1' };

describe('a host of a network that spans hosts', () => {
  test('sends what is for other hosts there, broadcasts to each of them, and knows all addresses', () => {
    expect(overlayPlanOf(network, facts, here)).toEqual({
      link: 'vbx4711',
      bridge: 'virbr0',
      vni: 4711,
      port: 4789,
      local: '192.0.2.1',
      mtu: 1450,
      peers: ['192.0.2.2', '192.0.2.3'],
      remote: [{ mac: '52:54:00:00:00:02', via: '192.0.2.2' }],
      neighbours: [
        { family: 'ipv4', address: '10.9.0.11', mac: '52:54:00:00:00:01' },
        { family: 'ipv4', address: '10.9.0.12', mac: '52:54:00:00:00:02' },
      ],
    });
  });

  test.each([
    [64, ['fd00::5054:ff:fe00:2', 'fe80::5054:ff:fe00:2']],
    // Nobody makes an address from a MAC there.
    [80, ['fe80::5054:ff:fe00:2']],
  ])('knows what guests make of their MACs where the network has IPv6, of a prefix of %i bits', (prefix, expected) => {
    const addresses = [{ family: 'ipv6' as const, address: 'fd00::1', prefix }];
    const plan = overlayPlanOf({ ...network, settings: { ...network.settings!, addresses } }, facts, here);
    const made = plan?.neighbours.filter(({ family, mac }) => family === 'ipv6' && mac === '52:54:00:00:00:02');
    expect(made?.map(({ address }) => address).toSorted()).toEqual(expected);
  });

  test('must be reachable', () => {
    const refused = (() => {
      try {
        return overlayPlanOf(network, facts, { hostId: 'a', tunnelAddress: undefined });
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(refused).toBeInstanceOf(Refusal);
    expect(refused).toMatchObject({ code: 'config_unsupported', message: expect.stringContaining('VIRTBUS_TUNNEL_ADDRESS') });
  });
});

test('a network of one host has no tunnels', () => {
  const { overlay: _, ...plain } = network;
  expect(overlayPlanOf(plain, facts, here)).toBeUndefined();
});

test("a link's name fits for every number, and an address is written as the kernel does", () => {
  expect(overlayLink(16_777_215).length).toBeLessThan(16);
  expect(addressOfMac('fd00:1::5', '02:00:5e:10:00:ff')).toBe('fd00:1::5eff:fe10:ff');
});

test('lending and advertising stay on the host', () => {
  const rules = tunnelRules('vbx7');
  for (const chain of ['forward', 'input', 'output']) expect(rules).toContain(`type filter hook ${chain} priority filter`);
  expect(rules).toContain('oifname "vbx7" udp dport { 67, 68, 546, 547 } drop');
});
