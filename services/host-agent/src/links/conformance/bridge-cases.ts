import { deepEqual, equal, rejects, throws } from 'node:assert/strict';
import { bridgePlan, named, refusal, tapPlan, type ConformanceCase } from './case.js';

const network = { family: 'ipv4', address: '10.77.0.1', prefix: 24 } as const;

export const bridgeCases: readonly ConformanceCase[] = [
  {
    sentence: 'a bridge of that name with another MAC is not ours to change or remove',
    holds: async ({ links }) => {
      await links.ensureBridge(bridgePlan());
      const other = bridgePlan({ mac: '52:54:00:00:00:02' });
      await rejects(links.ensureBridge(other), refusal('bridge_foreign'));
      await rejects(links.removeBridge(other), refusal('bridge_foreign'));
    },
  },
  {
    sentence: 'a tap is no bridge',
    holds: async ({ links }) => {
      const name = await named(links);
      await rejects(links.ensureBridge(bridgePlan({ name })), refusal('bridge_foreign'));
    },
  },
  {
    sentence: 'two bridges cannot have one network, and the second is not made',
    holds: async ({ links }) => {
      await links.ensureBridge(bridgePlan({ addresses: [network] }));
      const second = bridgePlan({ name: 'br-b', mac: '52:54:00:00:00:02', addresses: [{ ...network, address: '10.77.0.9' }] });
      await rejects(links.ensureBridge(second), refusal('network_in_use'));
      await rejects(links.plugTap(tapPlan({ bridge: 'br-b' })), refusal('bridge_missing'));
      await links.ensureBridge({ ...second, addresses: [{ ...network, prefix: 16 }] });
    },
  },
  {
    sentence: 'a second call finds its work done, a changed plan is put right',
    holds: async ({ links }) => {
      const plan = bridgePlan({ addresses: [network], mtu: 1450 });
      const changed = async (change = {}): Promise<boolean> => (await links.ensureBridge({ ...plan, ...change })).changed;
      deepEqual(
        [await changed(), await changed(), await changed({ mtu: 1300 }), await changed({ addresses: [] })],
        [true, false, true, true],
      );
    },
  },
  {
    sentence: 'removing may be repeated, and leaves taps without a bridge, which can be moved to the next one',
    holds: async ({ links }) => {
      const name = await named(links);
      await links.removeBridge(bridgePlan());
      await links.removeBridge(bridgePlan());
      equal(links.observeTap(name)?.bridge, undefined);
      await links.ensureBridge(bridgePlan());
      links.moveTap(name, { bridge: 'br-a' });
      equal(links.observeTap(name)?.bridge, 'br-a');
    },
  },
  {
    sentence: 'VLAN filtering of a bridge that is not there is refused',
    holds: async ({ links }) => throws(() => links.ensureVlanFiltering('br-x'), refusal('bridge_missing')),
  },
];
