import { isDeepStrictEqual } from 'node:util';
import { Refusal, type HostNetwork } from '@virtbus/contracts';
import { withPorts } from './core/lent-addresses.js';
import type { DhcpLease } from './core/link-plan.js';
import { noFacts, type NetworkFacts } from './core/network-facts.js';
import { asText, bridgePlanOf, dnsmasqConfig, firewallPlanOf, isMade, type DnsmasqPaths } from './core/network-plans.js';
import { overlayPlanOf, type OverlayPlan } from './core/overlay-plan.js';
import { shapePlanOf } from './core/shape-plan.js';
import type { Links } from './links/links.js';
import { Moves } from './moves.js';
import { NetworkFloors } from './network-floors.js';
import type { HostLog, NetworkFactsSource, PortAllocator, Reports, Store } from './ports.js';
import type { Shaping } from './shaping/shaping.js';

/** A network as it is kept on disk: what was decided, and what others said last. */
export type KeptNetwork = HostNetwork & { readonly facts?: NetworkFacts };

export interface NetworkWorld {
  readonly hostId: string;
  /** How other hosts reach this one, where somebody has said it. */
  readonly tunnelAddress?: string;
  readonly links: Links;
  readonly shaping?: Pick<Shaping, 'shapeBridge' | 'unshape' | 'addFloor' | 'removeFloor' | 'hasFloor'>;
  readonly store: Omit<Store<KeptNetwork>, 'begin'>;
  readonly reports: Reports;
  readonly netd: Pick<PortAllocator, 'plan'>;
  readonly facts: NetworkFactsSource;
  /** Told of the ports of a network, on all hosts, whenever any has changed. */
  readonly heardPorts?: (uuid: string, ports: NetworkFacts['ports']) => void;
  readonly pathsOf: (network: string) => DnsmasqPaths;
  readonly log: HostLog;
}

/** A network of this host. */
interface Present {
  plan: HostNetwork;
  facts: NetworkFacts;
  /** Facts have come that nothing has been done about. */
  isStale: boolean;
  readonly unfollow: () => Promise<void>;
}

type Made = HostNetwork & { readonly settings: NonNullable<HostNetwork['settings']> };

/**
 * The networks of this host: a bridge, firewall table and dnsmasq for each that a port has needed, and for one that spans hosts the
 * tunnels. What is there is kept on local disk, so that a restart of the agent finds it without asking anybody. What others say of a
 * network (its definition, its ports, its hosts) comes by views, and is made so here: whatever was missed meanwhile comes with the next.
 */
export class NetworkRunner {
  private readonly present = new Map<string, Present>();
  private readonly moves = new Moves();
  private readonly floors: NetworkFloors;
  private reachedAt: string | undefined;
  private closed = false;

  constructor(private readonly world: NetworkWorld) {
    this.floors = new NetworkFloors(world.hostId, world.shaping);
  }

  /**
   * Makes the network as planned; does nothing when it is, and does not wait then for what follows others' news of it: a guest's start
   * would wait for disks and daemons that it has no need of.
   * @throws LinkError, Refusal, having undone what it began
   */
  async ensure(plan: HostNetwork): Promise<void> {
    if (this.isThere(plan)) return;
    await this.moves.announce(plan.uuid, async () => {
      if (this.has(plan)) return;
      const held = this.present.get(plan.uuid);
      await this.apply(plan, held?.facts ?? noFacts, held === undefined);
      await this.keep(plan, held?.facts);
      if (held) held.plan = plan;
      else this.follow(plan, noFacts);
      await this.report(plan);
    });
  }

  /**
   * Has an active network here because a port on this host is to be plugged into it.
   * @throws LinkError, Refusal operation_invalid when it is not active, system_error when it names a bridge that this host does not have
   */
  async have(uuid: string): Promise<void> {
    const { netd, links, hostId } = this.world;
    const plan = await netd.plan(uuid);
    if (!plan) throw new Refusal('operation_invalid', 'Requested operation is not valid: the network is not active');
    await this.ensure(plan);
    // What somebody else has changed of it since is nothing that a guest's start would notice.
    await this.mend(uuid);
    if (!isMade(plan) && links.statistics(plan.bridge) === undefined)
      throw new Refusal('system_error', `host '${hostId}' has no bridge '${plan.bridge}', which network '${plan.name}' names`);
  }

  /** Removes a network whose activation has ended; a newer activation stays. Repeating it does nothing. */
  stop(uuid: string, activation: number): Promise<void> {
    return this.moves.announce(uuid, async () => {
      const held = this.present.get(uuid);
      if (held && held.plan.activation > activation) return;
      if (held) await this.remove(held.plan);
      await this.world.store.remove(uuid);
      this.present.delete(uuid);
      this.floors.forget(uuid);
      await held?.unfollow();
      await this.world.reports.lostNetwork(uuid);
    });
  }

  /** After a start of the agent: everything on disk is made to be as it was. One that fails is reported and left. */
  async restore(): Promise<void> {
    const { values, unreadable } = await this.world.store.readAll();
    for (const { file, cause } of unreadable) this.world.log.error(`${file} cannot be read; the network in it is left as it is`, cause);
    for (const { facts = noFacts, ...plan } of values) {
      await this.apply(plan, facts, false).catch((error: unknown) =>
        this.world.log.error(`network '${plan.name}' could not be restored`, error),
      );
      this.floors.remember(plan.uuid, facts);
      this.follow(plan, facts);
    }
  }

  /** Asks netd what has become of each network meanwhile, and looks whether everything is still as it was made. Silence changes nothing. */
  async reconcile(): Promise<void> {
    for (const uuid of this.present.keys()) await this.reconcileOne(uuid);
  }

  /** Lets go of the networks without touching them, once what is under way has ended. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.present.values()].map((held) => held.unfollow()));
    await Promise.all([...this.present.keys()].map((uuid) => this.moves.run(uuid, async () => undefined)));
  }

  /** @throws Refusal no_network when this host does not have it */
  async leases(uuid: string): Promise<{ readonly plan: HostNetwork; readonly leases: readonly DhcpLease[] }> {
    const held = this.present.get(uuid);
    if (!held) throw new Refusal('no_network', `Network not found: host '${this.world.hostId}' does not have network ${uuid}`);
    return { plan: held.plan, leases: await this.world.links.leases(held.plan.name) };
  }

  /** Whether the network is as planned, or newer, and about to stay so. */
  isThere(plan: HostNetwork): boolean {
    return !this.moves.isAnnounced(plan.uuid) && this.has(plan);
  }

  private has(plan: HostNetwork): boolean {
    const held = this.present.get(plan.uuid);
    return held !== undefined && (isNewer(held.plan, plan) || isDeepStrictEqual(held.plan, plan));
  }

  private async reconcileOne(uuid: string): Promise<void> {
    const held = this.present.get(uuid);
    if (!held || this.closed) return;
    try {
      const wanted = await this.world.netd.plan(uuid, held.plan.activation);
      if (wanted) await this.ensure(wanted);
      else await this.stop(uuid, held.plan.activation);
      await this.mend(uuid);
      held.isStale = true;
      await this.refresh(uuid);
    } catch (error) {
      this.world.log.warn(`network '${held.plan.name}' stays as it is: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** What others have changed of the bridge. Its rules have a guard of their own, and so have the taps that were on it. */
  private mend(uuid: string): Promise<void> {
    return this.moves.run(uuid, async () => {
      const held = this.present.get(uuid);
      if (!held || this.closed || !isMade(held.plan)) return;
      const { plan } = held;
      const { changed } = await this.world.links.ensureBridge(bridgePlanOf(plan));
      if (changed) this.world.log.warn(`network '${plan.name}': ${plan.bridge} was changed by somebody else, and is again as it was`);
      await this.shape(plan);
    });
  }

  private follow(plan: HostNetwork, facts: NetworkFacts): void {
    const { uuid } = plan;
    const held: Present = {
      plan,
      facts,
      isStale: false,
      unfollow: this.world.facts.follow(uuid, {
        facts: (news) => this.hear(uuid, news),
        redefined: () => void this.reconcileOne(uuid),
      }),
    };
    this.present.set(uuid, held);
    this.world.heardPorts?.(uuid, facts.ports);
  }

  /** What comes while the network is being worked on is done together. */
  private hear(uuid: string, facts: NetworkFacts): void {
    const held = this.present.get(uuid);
    if (!held || this.closed || isDeepStrictEqual(held.facts, facts)) return;
    held.facts = facts;
    this.world.heardPorts?.(uuid, facts.ports);
    this.tellTunnels(held);
    if (held.isStale) return;
    held.isStale = true;
    this.refresh(uuid).catch((error: unknown) => this.world.log.error(`network '${held.plan.name}' does not follow its ports`, error));
  }

  /** Frames find their way at once; files and daemons follow, and put right what fails here. */
  private tellTunnels({ plan, facts }: Present): void {
    try {
      const overlay = this.overlayOf(plan, facts);
      if (overlay) this.world.links.updateOverlay(overlay);
    } catch (error) {
      this.world.log.warn(`network '${plan.name}': ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private refresh(uuid: string): Promise<void> {
    return this.moves.run(uuid, async () => {
      const held = this.present.get(uuid);
      if (!held?.isStale || this.closed) return;
      held.isStale = false;
      const { plan, facts } = held;
      if (!isMade(plan)) return;
      const overlay = this.overlayOf(plan, facts);
      if (overlay) await this.world.links.ensureOverlay(overlay);
      await this.serve(plan, facts);
      this.floors.settle(plan, facts);
      await this.keep(plan, facts);
    });
  }

  private keep(plan: HostNetwork, facts: NetworkFacts | undefined): Promise<void> {
    return this.world.store.write(plan.uuid, { ...plan, ...(facts ? { facts } : {}) });
  }

  private report({ uuid, name, bridge, activation, overlay }: HostNetwork): Promise<void> {
    const tunnelAddress = overlay && this.tunnelAddress();
    return this.world.reports.hasNetwork({
      hostId: this.world.hostId,
      uuid,
      name,
      bridge,
      activation,
      ...(tunnelAddress === undefined ? {} : { tunnelAddress }),
    });
  }

  /** Looked up once: a host that is to be reached elsewhere says so, or begins anew. */
  private tunnelAddress(): string | undefined {
    this.reachedAt ??= this.world.tunnelAddress ?? this.world.links.defaultAddress();
    return this.reachedAt;
  }

  private async apply(plan: HostNetwork, facts: NetworkFacts, undoOnFailure: boolean): Promise<void> {
    try {
      const warnings = isMade(plan) ? await this.make(plan, facts) : this.prepareForeignBridge(plan);
      await this.shape(plan);
      for (const warning of warnings) this.world.log.warn(`network '${plan.name}': ${warning}`);
    } catch (error) {
      if (undoOnFailure) await this.remove(plan);
      throw error;
    }
  }

  /** A bridge that was shaped and is no longer to be is freed. */
  private async shape(plan: HostNetwork): Promise<void> {
    const wasShaped = this.present.get(plan.uuid)?.plan.bandwidth !== undefined;
    if (plan.bandwidth || wasShaped) await this.world.shaping?.shapeBridge(plan.bridge, shapePlanOf(plan.bandwidth ?? {}));
  }

  private prepareForeignBridge(plan: HostNetwork): readonly string[] {
    return plan.macTableManager === 'libvirt' ? this.world.links.ensureVlanFiltering(plan.bridge).warnings : [];
  }

  /** The firewall first: no packet passes a bridge that has no rules yet. */
  private async make(plan: Made, facts: NetworkFacts): Promise<readonly string[]> {
    const { links } = this.world;
    const overlay = this.overlayOf(plan, facts);
    const firewall = firewallPlanOf(plan);
    if (firewall) await links.ensureFirewall(firewall);
    else await links.removeFirewall(plan.bridge);
    const { warnings } = await links.ensureBridge(bridgePlanOf(plan));
    if (overlay) await links.ensureOverlay(overlay);
    await this.serve(plan, facts);
    return warnings;
  }

  private overlayOf(plan: HostNetwork, facts: NetworkFacts): OverlayPlan | undefined {
    const { hostId } = this.world;
    return plan.overlay && overlayPlanOf(plan, facts, { hostId, tunnelAddress: this.tunnelAddress() });
  }

  private async serve({ name, dnsmasq }: HostNetwork, facts: NetworkFacts): Promise<void> {
    const { links, pathsOf, hostId } = this.world;
    if (!dnsmasq) return links.removeDnsmasq(name);
    const { hosts, names } = withPorts(dnsmasq, facts, hostId);
    await links.ensureDnsmasq({
      network: name,
      configText: dnsmasqConfig(dnsmasq, pathsOf(name)),
      ...(hosts ? { hostsText: asText(hosts) } : {}),
      addnHostsText: asText(names),
    });
  }

  private async remove(plan: HostNetwork): Promise<void> {
    if (plan.bandwidth) await this.world.shaping?.unshape(plan.bridge);
    if (!isMade(plan)) return;
    const { links } = this.world;
    await links.removeDnsmasq(plan.name);
    if (plan.overlay) await links.removeOverlay(plan.overlay.vni);
    await links.removeBridge({ name: plan.bridge, mac: plan.settings.mac });
    await links.removeFirewall(plan.bridge);
  }
}

const isNewer = (held: HostNetwork, plan: HostNetwork): boolean =>
  held.activation === plan.activation ? (held.version ?? 0) > (plan.version ?? 0) : held.activation > plan.activation;
