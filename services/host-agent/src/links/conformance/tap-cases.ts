import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict';
import { bridgePlan, guestMac, named, plugged, refusal, type ConformanceCase } from './case.js';

const otherBridge = bridgePlan({ name: 'br-b', mac: '52:54:00:00:00:02', mtu: 1450 });

export const tapCases: readonly ConformanceCase[] = [
  {
    sentence: 'what is not there is missing, and what is no tap is not removed',
    holds: async ({ links }) => {
      await links.ensureBridge(bridgePlan());
      deepEqual([links.observeTap('vnet0'), links.observeTap('br-a')], [undefined, undefined]);
      throws(() => links.startForwarding('vnet0', guestMac), refusal('tap_missing'));
      throws(() => links.moveTap('vnet0', { bridge: 'br-a' }), refusal('tap_missing'));
      equal(links.stopForwarding('vnet0', guestMac), false);
      await links.unplug('vnet0');
      await rejects(links.unplug('br-a'), refusal('system'));
    },
  },
  {
    sentence: 'a tap has the MAC under fe, the MTU of its bridge, and is up',
    holds: async ({ links }) => {
      const { name, fds } = await plugged(links);
      equal(fds.length, 1);
      deepEqual(links.observeTap(name), { name, mac: 'fe:54:00:aa:bb:cc', mtu: 1400, up: true, bridge: 'br-a' });
    },
  },
  {
    sentence: "the interface's own MTU and queues",
    holds: async ({ links }) => {
      const { name, fds } = await plugged(links, { mtu: 1300, queues: 3 });
      deepEqual([fds.length, links.observeTap(name)?.mtu], [3, 1300]);
    },
  },
  {
    sentence: 'a tap goes with the last copy of its descriptors',
    holds: async ({ links, hold }) => {
      const tap = await plugged(links);
      const end = await hold(tap);
      await links.closeTap(tap);
      ok(links.observeTap(tap.name));
      await end();
      equal(links.observeTap(tap.name), undefined);
      const alone = await plugged(links);
      await links.closeTap(alone);
      equal(links.observeTap(alone.name), undefined);
    },
  },
  {
    sentence: 'unplugging may be repeated',
    holds: async ({ links }) => {
      const name = await named(links);
      await links.unplug(name);
      await links.unplug(name);
      equal(links.observeTap(name), undefined);
    },
  },
  {
    sentence: 'forwarding starts as often as asked and stops once',
    holds: async ({ links }) => {
      const name = await named(links, { macTableManager: 'libvirt' });
      equal(links.stopForwarding(name, guestMac), false);
      links.startForwarding(name, guestMac);
      links.startForwarding(name, guestMac.toUpperCase());
      deepEqual([links.stopForwarding(name, guestMac), links.stopForwarding(name, guestMac)], [true, false]);
    },
  },
  {
    sentence: 'a moved tap has the MTU of its new place, or its own, and no forwarding entry',
    holds: async ({ links }) => {
      await links.ensureBridge(otherBridge);
      const name = await named(links);
      links.startForwarding(name, guestMac);
      links.moveTap(name, { bridge: 'br-b' });
      deepEqual(links.observeTap(name), { name, mac: 'fe:54:00:aa:bb:cc', bridge: 'br-b', mtu: 1450, up: true });
      equal(links.stopForwarding(name, guestMac), false);
      links.moveTap(name, { bridge: 'br-a', mtu: 1300 });
      deepEqual([links.observeTap(name)?.bridge, links.observeTap(name)?.mtu], ['br-a', 1300]);
    },
  },
  {
    sentence: 'a tap that cannot move stays',
    holds: async ({ links }) => {
      const name = await named(links);
      throws(() => links.moveTap(name, { bridge: 'br-x' }), refusal('bridge_missing'));
      deepEqual([links.observeTap(name)?.bridge, links.observeTap(name)?.mtu], ['br-a', 1400]);
    },
  },
];
