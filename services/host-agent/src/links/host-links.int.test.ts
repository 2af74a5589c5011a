import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@virtbus/testing';
import { afterEach, expect, test } from 'vitest';
import type { LinksUnderTest } from './conformance/case.js';
import { linksCases } from './conformance/cases.js';
import { HostLinks } from './host-links.js';
import { testHost, type TestHost } from './test-host.js';

let host: TestHost | undefined;
afterEach(async () => {
  await host?.remove();
  host = undefined;
});

async function linksUnderTest(): Promise<LinksUnderTest> {
  const made = testHost();
  host = made;
  const links = await made.open();
  let current = links;
  return {
    links,
    restart: async (orderly) => {
      if (orderly) await current.close();
      current = await made.open();
      return current;
    },
    hold: (tap) => made.hold(tap),
    uplink: (name, mac) => void made.run('ip', 'link', 'add', name, 'address', mac, 'type', 'veth', 'peer', 'name', `${name}-wire`),
    dnsmasqConfig: (network, bridge) => made.dnsmasqConfig(network, bridge),
  };
}

test.each(linksCases)('in a network namespace: $sentence', async ({ holds }) => holds(await linksUnderTest()));

test('a namespace or directory that cannot be had is refused', async () => {
  host = testHost();
  const { options } = host;
  const refused = expect.objectContaining({ name: 'LinkError', code: 'system' });
  await expect(HostLinks.open({ ...options, netns: '/run/netns/virtbus-none' })).rejects.toThrow(refused);
  await expect(HostLinks.open({ ...options, stateDir: '/dev/null/virtbus' })).rejects.toThrow(refused);
  await expect(HostLinks.open({ ...options, stateDir: 'state' })).rejects.toThrow(refused);
});

test('tells of devices until it is closed, and of none afterwards', async () => {
  host = testHost();
  const made = host;
  const links = await made.open();
  let told = 0;
  links.watchDevices(() => (told += 1));
  const add = (name: string) => made.run('ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}-wire`);
  add('late0');
  await eventually(() => expect(told).toBeGreaterThan(0));
  await links.close();
  const before = told;
  add('late1');
  // Two looks of a watch that were still there would fail on a closed socket, and the test with them.
  await sleep(600);
  expect(told).toBe(before);
});
