import type { Claim, DiskDemand, DiskSite, DomainRecord, DomainState, HostClaims, Placement, PoolDemand } from '@virtbus/contracts';
import type { Host } from './core/host.js';

/** A fact at the revision at which it was read. */
export interface At<P> {
  readonly value: P;
  readonly revision: number;
}

/** What the scheduler reads. Reads of one domain's facts come from the bus's leader, so that a sender reads its own writes. */
export interface Facts {
  findDomain(reference: string): Promise<DomainRecord | undefined>;
  placement(uuid: string): Promise<At<Placement> | undefined>;
  placements(): readonly Placement[];
  state(uuid: string): Promise<DomainState | undefined>;
  /** What interfaces on these networks take from pools of devices; one name for each interface. Networks that lend none count for nothing. */
  pools(networks: readonly string[]): Promise<readonly PoolDemand[]>;
  /**
   * The volumes that disks name, by the hosts that have them; a file that is none counts for nothing.
   * @throws Refusal no_pool, no_volume, config_unsupported for a pool that is not active
   */
  disks(disks: readonly DiskDemand[]): Promise<readonly DiskSite[]>;
  /** The fleet as last heard of, with what this scheduler has claimed already counted in. */
  hosts(): readonly Host[];
}

/** What the scheduler writes: each at the revision that was read. `false` says that another was quicker. */
export interface Decisions {
  /** Changes one host's claims in one step; `undefined` from `change` gives up and writes nothing. */
  changeClaims(hostId: string, change: (claims: HostClaims) => HostClaims | undefined): Promise<'changed' | 'given_up' | 'conflict'>;
  /** Answers the revision written, or undefined when the placement has changed since `revision` (0: there was none). */
  place(placement: Placement, revision: number): Promise<number | undefined>;
}

export type { Claim };
