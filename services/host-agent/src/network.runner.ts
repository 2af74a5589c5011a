import { isDeepStrictEqual } from 'node:util';
import { Refusal, type HostNetwork } from '@virtbus/contracts';
import { asText, bridgePlanOf, dnsmasqConfig, firewallPlanOf, isMade, type DnsmasqPaths } from './core/network-plans.js';
import type { DhcpLease } from './core/link-plan.js';
import type { Links } from './links/links.js';
import type { HostLog, PortAllocator, Reports, Store } from './ports.js';
import { SerialQueues } from './serial.js';

export interface NetworkWorld {
  readonly hostId: string;
  readonly links: Links;
  readonly store: Store<HostNetwork>;
  readonly reports: Reports;
  readonly pathsOf: (network: string) => DnsmasqPaths;
  readonly log: HostLog;
}

/**
 * The networks of this host: a bridge, firewall table and dnsmasq for each that a port has needed. What is there is kept on local
 * disk, so that a restart of the agent finds it without asking anybody.
 */
export class NetworkRunner {
  private readonly present = new Map<string, HostNetwork>();
  private readonly queues = new SerialQueues();

  constructor(private readonly world: NetworkWorld) {}

  /** Makes the network as planned; does nothing when it is. @throws LinkError, having undone what it began */
  ensure(plan: HostNetwork): Promise<void> {
    return this.queues.run(plan.uuid, async () => {
      const before = this.present.get(plan.uuid);
      if (before && (before.activation > plan.activation || isDeepStrictEqual(before, plan))) return;
      await this.apply(plan, before === undefined);
      await this.world.store.write(plan.uuid, plan);
      this.present.set(plan.uuid, plan);
      const { uuid, name, bridge, activation } = plan;
      await this.world.reports.hasNetwork({ hostId: this.world.hostId, uuid, name, bridge, activation });
    });
  }

  /** Removes a network whose activation has ended; a newer activation stays. Repeating it does nothing. */
  stop(uuid: string, activation: number): Promise<void> {
    return this.queues.run(uuid, async () => {
      const plan = this.present.get(uuid);
      if (plan && plan.activation > activation) return;
      if (plan) await this.remove(plan);
      await this.world.store.remove(uuid);
      this.present.delete(uuid);
      await this.world.reports.lostNetwork(uuid);
    });
  }

  /** After a start of the agent: everything on disk is made to be as it was. One that fails is reported and left. */
  async restore(): Promise<void> {
    const { values, unreadable } = await this.world.store.readAll();
    for (const { file, cause } of unreadable) this.world.log.error(`${file} cannot be read; the network in it is left as it is`, cause);
    for (const plan of values) {
      this.present.set(plan.uuid, plan);
      await this.apply(plan, false).catch((error: unknown) => this.world.log.error(`network '${plan.name}' could not be restored`, error));
    }
  }

  /** Asks netd what has become of each network meanwhile. Silence changes nothing. */
  async reconcile(netd: Pick<PortAllocator, 'plan'>): Promise<void> {
    for (const plan of this.present.values()) {
      try {
        const wanted = await netd.plan(plan.uuid);
        if (wanted) await this.ensure(wanted);
        else await this.stop(plan.uuid, plan.activation);
      } catch (error) {
        this.world.log.warn(`network '${plan.name}' stays as it is: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  /** @throws Refusal no_network when this host does not have it */
  async leases(uuid: string): Promise<{ readonly plan: HostNetwork; readonly leases: readonly DhcpLease[] }> {
    const plan = this.present.get(uuid);
    if (!plan) throw new Refusal('no_network', `Network not found: host '${this.world.hostId}' does not have network ${uuid}`);
    return { plan, leases: await this.world.links.leases(plan.name) };
  }

  private async apply(plan: HostNetwork, undoOnFailure: boolean): Promise<void> {
    try {
      const warnings = isMade(plan) ? await this.make(plan) : this.prepareForeignBridge(plan);
      for (const warning of warnings) this.world.log.warn(`network '${plan.name}': ${warning}`);
    } catch (error) {
      if (undoOnFailure) await this.remove(plan);
      throw error;
    }
  }

  private prepareForeignBridge(plan: HostNetwork): readonly string[] {
    return plan.macTableManager === 'libvirt' ? this.world.links.ensureVlanFiltering(plan.bridge).warnings : [];
  }

  /** The firewall first: no packet passes a bridge that has no rules yet. */
  private async make(plan: HostNetwork & { settings: NonNullable<HostNetwork['settings']> }): Promise<readonly string[]> {
    const { links, pathsOf } = this.world;
    const firewall = firewallPlanOf(plan);
    if (firewall) await links.ensureFirewall(firewall);
    else await links.removeFirewall(plan.bridge);
    const { warnings } = await links.ensureBridge(bridgePlanOf(plan));
    const { dnsmasq } = plan;
    if (!dnsmasq) {
      await links.removeDnsmasq(plan.name);
      return warnings;
    }
    await links.ensureDnsmasq({
      network: plan.name,
      configText: dnsmasqConfig(dnsmasq, pathsOf(plan.name)),
      ...(dnsmasq.hosts ? { hostsText: asText(dnsmasq.hosts) } : {}),
      addnHostsText: asText(dnsmasq.names),
    });
    return warnings;
  }

  private async remove(plan: HostNetwork): Promise<void> {
    if (!isMade(plan)) return;
    const { links } = this.world;
    await links.removeDnsmasq(plan.name);
    await links.removeBridge({ name: plan.bridge, mac: plan.settings.mac });
    await links.removeFirewall(plan.bridge);
  }
}
