import { deepEqual, equal, match, ok, throws } from 'node:assert/strict';
import { bridgePlan, guestMac, named, plugged, refusal, tapPlan, type ConformanceCase } from './case.js';

const otherBridge = bridgePlan({ name: 'br-b', mac: '52:54:00:00:00:02', mtu: 1450 });

export const tapCases: readonly ConformanceCase[] = [
  {
    sentence: 'what is not there is missing, and what is no tap of ours is not removed',
    holds: async ({ links }) => {
      await links.ensureBridge(bridgePlan());
      deepEqual([links.observeTap('vnet0'), links.observeTap('br-a')], [undefined, undefined]);
      throws(() => links.startForwarding('vnet0', guestMac), refusal('tap_missing'));
      throws(() => links.moveTap('vnet0', { bridge: 'br-a' }), refusal('tap_missing'));
      equal(links.stopForwarding('vnet0', guestMac), false);
      await links.unplug('vnet0', guestMac);
      await links.unplug('br-a', guestMac);
      await links.plugTap(tapPlan());
    },
  },
  {
    sentence: 'a tap has the MAC under fe, the MTU of its bridge, and is up',
    holds: async ({ links }) => {
      const { name, fds } = await plugged(links);
      equal(fds.length, 1);
      deepEqual(links.observeTap(name), { name, mac: 'fe:54:00:aa:bb:cc', mtu: 1400, up: true, bridge: 'br-a' });
      deepEqual([links.statistics(name)?.rxPackets, links.statistics('vnet99')], [0, undefined]);
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
      await links.unplug(name, guestMac);
      await links.unplug(name, guestMac);
      equal(links.observeTap(name), undefined);
    },
  },
  {
    sentence: "a tap that has another guest's MAC stays",
    holds: async ({ links }) => {
      const name = await named(links);
      await links.unplug(name, '52:54:00:00:00:99');
      ok(links.observeTap(name));
    },
  },
  {
    sentence: 'a tap that is as it should be is left alone, and what differs is put right and said',
    holds: async ({ links }) => {
      await links.ensureBridge(otherBridge);
      const name = await named(links, { macTableManager: 'libvirt' });
      links.startForwarding(name, guestMac);
      const wish = { bridge: 'br-a', macTableManager: 'libvirt', mac: guestMac, forwarded: true } as const;
      deepEqual(links.mendTap(name, wish), []);
      links.moveTap(name, { bridge: 'br-b', macTableManager: 'libvirt' });
      const said = links.mendTap(name, wish);
      equal(said.length, 2);
      match(said[0] ?? '', /was not on br-a/);
      match(said[1] ?? '', /forwarding entry/);
      equal(links.observeTap(name)?.bridge, 'br-a');
      deepEqual(links.mendTap(name, wish), []);
      equal(links.mendTap(name, { ...wish, forwarded: false }).length, 1);
      equal(links.stopForwarding(name, guestMac), false);
      match(links.mendTap('vnet99', wish)[0] ?? '', /vnet99 is gone/);
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
    sentence: 'a tap gathers frames as it is told, up to what the kernel lets it',
    holds: async ({ links }) => {
      const name = await named(links);
      const told = [7, 4096, 0].map((frames) => (links.setRxFrames(name, frames), links.rxFrames(name)));
      deepEqual([told, links.rxFrames('vnet99')], [[7, 64, 0], undefined]);
      throws(() => links.setRxFrames('vnet99', 7), refusal('tap_missing'));
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
