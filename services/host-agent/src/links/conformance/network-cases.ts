import { deepEqual, equal, notEqual, rejects } from 'node:assert/strict';
import type { DnsmasqPlan, FirewallPlan } from '../../core/link-plan.js';
import { bridgePlan, refusal, type ConformanceCase, type LinksUnderTest } from './case.js';

const network = { family: 'ipv4', address: '10.77.0.1', prefix: 24 } as const;
const firewall: FirewallPlan = { bridge: 'br-a', mode: 'nat', addresses: [network] };

/** A bridge with an address, and the plan of its dnsmasq. */
async function served({ links, dnsmasqConfig }: LinksUnderTest): Promise<DnsmasqPlan> {
  await links.ensureBridge(bridgePlan({ addresses: [network] }));
  const configText = dnsmasqConfig('net a', 'br-a');
  return { network: 'net a', configText, hostsText: '52:54:00:aa:bb:cc,10.77.0.20\n', addnHostsText: '10.77.0.30\tname\n' };
}

export const networkCases: readonly ConformanceCase[] = [
  {
    sentence: 'a name that rules cannot hold is refused',
    holds: async ({ links }) => rejects(links.ensureFirewall({ ...firewall, bridge: 'br"a' }), refusal('name_invalid')),
  },
  {
    sentence: 'rules are made, made again and removed, more than once',
    holds: async ({ links }) => {
      await links.ensureFirewall(firewall);
      await links.ensureFirewall({ ...firewall, mode: 'none' });
      await links.removeFirewall('br-a');
      await links.removeFirewall('br-a');
    },
  },
  {
    sentence: 'a configuration that dnsmasq does not know is refused, and what runs goes on',
    holds: async (world) => {
      const plan = await served(world);
      const bad = { ...plan, configText: `${plan.configText}no-such-option\n` };
      await rejects(world.links.ensureDnsmasq(bad), refusal('dnsmasq_failed'));
      const { pid } = await world.links.ensureDnsmasq(plan);
      await rejects(world.links.ensureDnsmasq(bad), refusal('dnsmasq_failed'));
      deepEqual(await world.links.ensureDnsmasq(plan), { pid, action: 'none' });
    },
  },
  {
    sentence: 'dnsmasq is started once, reloaded for hosts, restarted for its configuration',
    holds: async (world) => {
      const plan = await served(world);
      const { pid, action } = await world.links.ensureDnsmasq(plan);
      equal(action, 'started');
      deepEqual(await world.links.ensureDnsmasq(plan), { pid, action: 'none' });
      deepEqual(await world.links.ensureDnsmasq({ ...plan, hostsText: '' }), { pid, action: 'reloaded' });
      deepEqual(await world.links.ensureDnsmasq({ ...plan, hostsText: '', addnHostsText: '' }), { pid, action: 'reloaded' });
      const changed = await world.links.ensureDnsmasq({ ...plan, configText: `${plan.configText}domain-needed\n` });
      equal(changed.action, 'restarted');
      notEqual(changed.pid, pid);
    },
  },
  {
    sentence: 'the next host-agent finds dnsmasq, whether the last one ended or was killed',
    holds: async (world) => {
      const plan = await served(world);
      const { pid } = await world.links.ensureDnsmasq(plan);
      deepEqual(await (await world.restart(false)).ensureDnsmasq(plan), { pid, action: 'none' });
      deepEqual(await (await world.restart(true)).ensureDnsmasq({ ...plan, hostsText: '' }), { pid, action: 'reloaded' });
    },
  },
  {
    sentence: 'removing dnsmasq may be repeated, and there are no leases then',
    holds: async (world) => {
      const plan = await served(world);
      const { links } = world;
      await links.ensureDnsmasq(plan);
      deepEqual(await links.leases('net a'), []);
      await links.removeDnsmasq('net a');
      await links.removeDnsmasq('net a');
      deepEqual(await links.leases('net a'), []);
      equal((await links.ensureDnsmasq(plan)).action, 'started');
    },
  },
];
