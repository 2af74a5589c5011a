import { defined } from '@virtbus/contracts';
import type {
  Claim,
  DomainRecord,
  DomainState,
  DomainSummary,
  HostClaims,
  HostFacts,
  HostSummary,
  NetworkRecord,
  NetworkSummary,
  Placement,
} from '@virtbus/contracts';

/** One domain's facts, each from its own writer; any but the definition may be missing. */
export interface DomainFacts {
  readonly record: DomainRecord;
  readonly placement?: Placement | undefined;
  readonly state?: DomainState | undefined;
}

export type CurrentState = Pick<DomainSummary, 'state' | 'reason'>;

/** The state that counts: the host's word for the newest placement, else what follows from there being a placement. */
export function currentState({ placement, state }: DomainFacts): CurrentState {
  if (state && state.epoch >= (placement?.epoch ?? 0)) return { state: state.state, reason: state.reason };
  if (placement?.hostId !== undefined) return { state: 'paused', reason: 'starting-up' };
  return { state: 'shutoff', reason: state?.reason ?? 'unknown' };
}

/** The host has said that nothing of the placement is left. */
export const hasEnded = (placement: Placement, state: DomainState | undefined): boolean =>
  state !== undefined && state.epoch >= placement.epoch && state.state === 'shutoff';

export const isActive = (facts: DomainFacts): boolean => currentState(facts).state !== 'shutoff';

export function summaryOf(facts: DomainFacts): DomainSummary {
  const { uuid, name, persistent, autostart, demand, memoryKiB, maxMemoryKiB, title, project } = facts.record;
  const { type, arch, vcpus } = demand;
  return {
    uuid,
    name,
    ...currentState(facts),
    ...(isActive(facts) ? defined({ id: facts.state?.id, hostId: facts.placement?.hostId, pid: facts.state?.pid }) : {}),
    persistent,
    autostart,
    type,
    arch,
    vcpus,
    memoryKiB,
    maxMemoryKiB,
    ...defined({ title, project }),
  };
}

export const networkSummaryOf = ({ uuid, name, active, autostart, persistent, bridge, project }: NetworkRecord): NetworkSummary => ({
  uuid,
  name,
  active,
  autostart,
  persistent,
  ...defined({ bridge, project }),
});

export function hostSummaryOf(facts: HostFacts, about: { alive: boolean; cordoned: boolean; claims: HostClaims | undefined }): HostSummary {
  const claims: readonly Claim[] = about.claims?.claims ?? [];
  return {
    hostId: facts.hostId,
    hostname: facts.hostname,
    arch: facts.arch,
    alive: about.alive,
    cordoned: about.cordoned,
    kvm: facts.kvm,
    cpus: facts.cpus,
    ...defined({ cpuMHz: facts.cpuMHz }),
    vcpusClaimed: claims.reduce((total, claim) => total + claim.demand.vcpus, 0),
    memoryMiB: facts.memoryMiB,
    memoryClaimedMiB: claims.reduce((total, claim) => total + claim.demand.memoryMiB, 0),
    domains: claims.length,
  };
}
