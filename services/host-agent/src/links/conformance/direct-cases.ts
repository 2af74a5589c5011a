import { deepEqual, equal, rejects, throws } from 'node:assert/strict';
import type { MacvtapPlan } from '../../core/link-plan.js';
import { guestMac, refusal, type ConformanceCase } from './case.js';

const parentMac = '02:00:00:00:00:01';
const plan = (change: Partial<MacvtapPlan> = {}): MacvtapPlan => ({
  name: 'macvtap0',
  parent: 'up0',
  mode: 'bridge',
  mac: guestMac,
  model: 'virtio',
  ...change,
});

export const directCases: readonly ConformanceCase[] = [
  {
    sentence: 'a macvtap on what is not there is refused, and taking away what is not there succeeds',
    holds: async ({ links: { direct } }) => {
      throws(() => direct.macOf('up0'), refusal('link_missing'));
      await rejects(direct.plugMacvtap(plan()), refusal('link_missing'));
      throws(() => direct.setMacvtap(plan(), true), refusal('link_missing'));
      await direct.unplugMacvtap(plan(), parentMac);
      deepEqual(direct.mendMacvtap(plan(), true), ['macvtap macvtap0 is gone']);
    },
  },
  {
    sentence: 'a macvtap is made once, has as many queues as asked, and may be taken away twice',
    holds: async ({ links, uplink }) => {
      uplink('up0', parentMac);
      const { direct } = links;
      const tap = await direct.plugMacvtap(plan({ queues: 3 }));
      deepEqual([tap.name, tap.fds.length], ['macvtap0', 3]);
      await rejects(direct.plugMacvtap(plan()), refusal('tap_exists'));
      await links.closeTap(tap);
      await direct.unplugMacvtap(plan(), undefined);
      await direct.unplugMacvtap(plan(), undefined);
      await links.closeTap(await direct.plugMacvtap(plan()));
    },
  },
  {
    sentence: "a parent in mode passthrough is one macvtap's, has the guest's MAC, and its own back afterwards",
    holds: async ({ links, uplink }) => {
      uplink('up0', parentMac);
      const { direct } = links;
      const own = direct.macOf('up0');
      const first = await direct.plugMacvtap(plan({ mode: 'passthrough' }));
      equal(direct.macOf('up0'), guestMac);
      for (const mode of ['bridge', 'passthrough'] as const)
        await rejects(direct.plugMacvtap(plan({ name: 'macvtap1', mode })), refusal('link_busy'));
      equal(direct.macOf('up0'), guestMac);
      await links.closeTap(first);
      await direct.unplugMacvtap(plan({ mode: 'passthrough' }), own);
      equal(direct.macOf('up0'), own);
    },
  },
  {
    sentence: 'a macvtap that was set down comes up again while its guest runs, and only then',
    holds: async ({ links, uplink }) => {
      uplink('up0', parentMac);
      const { direct } = links;
      const tap = await direct.plugMacvtap(plan());
      deepEqual(direct.mendMacvtap(plan(), false), []);
      equal(direct.mendMacvtap(plan(), true).length, 1);
      deepEqual(direct.mendMacvtap(plan(), true), []);
      direct.setMacvtap(plan(), false);
      equal(direct.mendMacvtap(plan(), true).length, 1);
      await links.closeTap(tap);
    },
  },
  {
    sentence: 'names of macvtaps have a counter of their own, which only rises',
    holds: async ({ links, restart, uplink }) => {
      uplink('up0', parentMac);
      const next = () => links.holdName({ prefix: 'macvtap' });
      deepEqual([await next(), await next(), await links.holdName({ prefix: 'vnet' })], ['macvtap0', 'macvtap1', 'vnet0']);
      links.giveUpName('macvtap0');
      equal(await next(), 'macvtap2');
      const again = await restart(true);
      await again.reserveTapNames(['macvtap7', 'vnet3']);
      deepEqual([await again.holdName({ prefix: 'macvtap' }), await again.holdName({ prefix: 'vnet' })], ['macvtap8', 'vnet4']);
    },
  },
  {
    sentence: 'a loose tap has the MAC under fe and its own MTU, and is on no bridge',
    holds: async ({ links }) => {
      const tap = await links.direct.plugLooseTap({ name: 'vnet0', mac: guestMac, mtu: 1400 });
      deepEqual(links.observeTap('vnet0'), { name: 'vnet0', mac: 'fe:54:00:aa:bb:cc', mtu: 1400, up: true });
      await rejects(links.direct.plugLooseTap({ name: 'vnet0', mac: guestMac }), refusal('tap_exists'));
      await links.closeTap(tap);
      equal(links.observeTap('vnet0'), undefined);
    },
  },
  {
    sentence: 'a given tap that is not there, and addresses on one, are refused',
    holds: async ({ links: { direct } }) => {
      throws(() => direct.openGivenLink({ name: 'mine' }), refusal('tap_missing'));
      throws(() => direct.addHostSide('mine', { addresses: [], routes: [] }), refusal('link_missing'));
    },
  },
];
