import type { Claim, Demand } from '@virtbus/contracts';

/** A host as placement sees it: what it has, and what is claimed of it. */
export interface Host {
  readonly id: string;
  readonly alive: boolean;
  readonly cordoned: boolean;
  readonly arch: string;
  /** A probe guest has run under KVM there. */
  readonly kvm: boolean;
  readonly emulator: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly claims: readonly Claim[];
}

/** Guest processors that one host processor may be claimed for; the kernel shares its time among them. */
export const VCPUS_PER_CPU = 4;

export const vcpuCapacity = (host: Host): number => host.cpus * VCPUS_PER_CPU;

const sum = (claims: readonly Claim[], of: (demand: Demand) => number): number =>
  claims.reduce((total, claim) => total + of(claim.demand), 0);

export const freeMemoryMiB = (host: Host): number => host.memoryMiB - sum(host.claims, (demand) => demand.memoryMiB);

export const freeVcpus = (host: Host): number => vcpuCapacity(host) - sum(host.claims, (demand) => demand.vcpus);
