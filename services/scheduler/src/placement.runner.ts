import { isLibvirtUuid, Refusal, type Demand, type DomainRecord, type DomainState, type Placement } from '@virtbus/contracts';
import { withClaim, withoutClaim } from './core/claims.js';
import { place, unschedulableWords, type Placing } from './core/place.js';
import { decideStart, isActive, isHeld, lostPlacement, type HeldPlacement } from './core/start.js';
import type { At, Decisions, Facts } from './ports.js';

/** How often a decision is made again because another scheduler was quicker, before the command is left for later. */
const MAX_ATTEMPTS = 20;

interface HeldFacts {
  readonly held: At<Placement> | undefined;
  readonly state: DomainState | undefined;
}

export interface Placed {
  readonly record: DomainRecord;
  readonly placement: HeldPlacement;
  /** The number that virsh shows: the placement's revision, which rises over the whole fleet. */
  readonly id: number;
  /** False when an earlier delivery of the same command had placed it. */
  readonly fresh: boolean;
}

/** Reads facts, asks the core, claims and places. Every write is at the revision that was read; whoever loses a race decides again. */
export class PlacementRunner {
  constructor(
    private readonly facts: Facts,
    private readonly decisions: Decisions,
  ) {}

  /** @throws Refusal no_domain, operation_invalid (it is active), unschedulable, config_unsupported */
  async start(reference: string, commandId: string): Promise<Placed> {
    // Asked for together when the reference says which domain it is: each question is a way to the bus and back.
    const early = isLibvirtUuid(reference) ? this.factsOf(reference.toLowerCase()) : undefined;
    early?.catch(() => undefined);
    let record = await this.domain(reference);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      if (attempt > 0) record = await this.domain(record.uuid);
      const usable = attempt === 0 && reference.toLowerCase() === record.uuid ? early : undefined;
      const placed = await this.attempt(record, commandId, await (usable ?? this.factsOf(record.uuid)));
      if (placed) return placed;
    }
    throw new Error(`domain ${record.uuid}: placement was contended ${MAX_ATTEMPTS} times`);
  }

  /** The placement that holds an active domain. @throws Refusal no_domain, operation_invalid */
  async active(reference: string): Promise<{ record: DomainRecord; placement: HeldPlacement }> {
    const { record, placement } = await this.held(reference);
    if (!placement) throw new Refusal('operation_invalid', 'Requested operation is not valid: domain is not running');
    return { record, placement };
  }

  /** A domain, and the placement that holds it when it is active. @throws Refusal no_domain */
  async held(reference: string): Promise<{ record: DomainRecord; placement: HeldPlacement | undefined }> {
    const record = await this.domain(reference);
    const placement = (await this.facts.placement(record.uuid))?.value;
    if (isHeld(placement)) return { record, placement };
    // Should its record be lost, what runs is obeyed for all the same.
    return { record, placement: lostPlacement(placement, await this.facts.state(record.uuid)) };
  }

  /**
   * A start that was refused unbegun (its deadline had passed, or it could not be read) holds a placement for nothing. Not so one that came
   * again too late because whoever carried it out died before it could say so: its guest runs.
   */
  async neverBegun(commandId: string): Promise<void> {
    const held = this.facts.placements().find((placement) => placement.commandId === commandId && isHeld(placement));
    if (held && !isActive(held, await this.facts.state(held.uuid))) await this.release(held.uuid, held.epoch);
  }

  /** Frees what a stopped domain held. Safe to repeat: a newer placement of the domain is not touched. */
  async release(uuid: string, epoch: number): Promise<void> {
    const held = await this.facts.placement(uuid);
    if (held && isHeld(held.value) && held.value.epoch <= epoch) await this.unplace(held.value, held.revision);
    const hostIds = held && isHeld(held.value) ? [held.value.hostId] : this.facts.hosts().map((host) => host.id);
    await Promise.all(hostIds.map((hostId) => this.unclaim(hostId, uuid, epoch)));
  }

  private async domain(reference: string): Promise<DomainRecord> {
    const record = await this.facts.findDomain(reference);
    if (!record) throw new Refusal('no_domain', `Domain not found: no domain with matching name '${reference}'`);
    return record;
  }

  private async factsOf(uuid: string): Promise<HeldFacts> {
    const [held, state] = await Promise.all([this.facts.placement(uuid), this.facts.state(uuid)]);
    return { held, state };
  }

  /** One round on fresh facts; undefined when another scheduler changed them meanwhile. */
  private async attempt(record: DomainRecord, commandId: string, { held, state }: HeldFacts): Promise<Placed | undefined> {
    const decision = decideStart({ commandId, placement: held?.value, state });
    switch (decision.type) {
      case 'active':
        throw new Refusal('operation_invalid', 'Requested operation is not valid: domain is already running');
      case 'placed_before':
        return isNamed(record, decision.placement)
          ? { record, placement: decision.placement, id: held?.revision ?? 0, fresh: false }
          : undefined;
      case 'place':
        if (held && isHeld(held.value)) await this.unclaim(held.value.hostId, record.uuid, held.value.epoch);
        return this.place(record, commandId, decision.epoch, held);
    }
  }

  private async place(
    record: DomainRecord,
    commandId: string,
    epoch: number,
    held: At<Placement> | undefined,
  ): Promise<Placed | undefined> {
    const demand = await this.wholeDemand(record);
    const placing = place(demand, this.facts.hosts());
    if (placing.type === 'unschedulable') throw unschedulable(record, placing);
    const { hostId } = placing;
    const claim = { uuid: record.uuid, epoch, demand };
    // The very claims that are about to be written decide once more: what is written was feasible when it was read.
    const claimed = await this.decisions.changeClaims(hostId, (claims) =>
      this.stillFits(hostId, demand) ? withClaim(claims, claim) : undefined,
    );
    if (claimed !== 'changed') return undefined;
    const placement = { uuid: record.uuid, epoch, hostId, commandId, name: record.name };
    const id = await this.decisions.place(placement, held?.revision ?? 0);
    if (id !== undefined && (await this.isStill(record))) return { record, placement, id, fresh: true };
    if (id !== undefined) await this.unplace(placement, id);
    await this.unclaim(hostId, record.uuid, epoch);
    return undefined;
  }

  /**
   * Whether a definition is what it was before the domain was placed. From then on nobody changes it without knowing that the domain is
   * active: whoever names it anew looks for a placement after having written, and takes the name back when there is one of another name.
   */
  private async isStill({ uuid, name, xml }: DomainRecord): Promise<boolean> {
    const now = await this.facts.findDomain(uuid);
    return now?.name === name && now.xml === xml;
  }

  /** With the devices that the networks of its interfaces lend, and where the volumes of its disks are. */
  private async wholeDemand({ demand }: DomainRecord): Promise<Demand> {
    const pools = demand.networks ? await this.facts.pools(demand.networks) : [];
    const sites = demand.disks ? await this.facts.disks(demand.disks) : [];
    return {
      ...demand,
      ...(pools.length > 0 ? { pools: [...pools] } : {}),
      ...(sites.length > 0 ? { sites: [...sites] } : {}),
    };
  }

  private stillFits(hostId: string, demand: Demand): boolean {
    const host = this.facts.hosts().filter((each) => each.id === hostId);
    return place(demand, host).type === 'placed';
  }

  private async unplace(placement: HeldPlacement, revision: number): Promise<void> {
    const { uuid, epoch, commandId } = placement;
    // A lost race means that somebody else released it, or that it has been placed anew.
    await this.decisions.place({ uuid, epoch, commandId }, revision);
  }

  private async unclaim(hostId: string, uuid: string, epoch: number): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      if ((await this.decisions.changeClaims(hostId, (claims) => withoutClaim(claims, uuid, epoch))) !== 'conflict') return;
    }
    throw new Error(`host ${hostId}: claims were contended ${MAX_ATTEMPTS} times`);
  }
}

/** One that does not say was made by an earlier release. */
const isNamed = ({ name }: DomainRecord, placement: HeldPlacement): boolean => (placement.name ?? name) === name;

function unschedulable(record: DomainRecord, placing: Placing & { type: 'unschedulable' }): Refusal {
  const { rejections } = placing;
  if (rejections.length > 0 && rejections.every((rejection) => rejection.reason === 'kvm_unusable')) {
    const emulator = record.demand.emulator ?? '/usr/bin/qemu-system-x86_64';
    const words = `unsupported configuration: Emulator '${emulator}' does not support virt type 'kvm'`;
    return new Refusal('config_unsupported', `${words}: no host of the fleet can run KVM guests; use <domain type='qemu'>`, {
      path: '/domain/@type',
    });
  }
  return new Refusal('unschedulable', unschedulableWords(record.name, rejections));
}
