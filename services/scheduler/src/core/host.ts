import { devicesOfPool, type Claim, type Demand, type HostDevices, type PoolDemand } from '@virtbus/contracts';

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
  /** What of its network devices guests can have; unknown of a host-agent that does not say. */
  readonly devices?: HostDevices;
}

/** Guest processors that one host processor may be claimed for; the kernel shares its time among them. */
export const VCPUS_PER_CPU = 4;

export const vcpuCapacity = (host: Host): number => host.cpus * VCPUS_PER_CPU;

const sum = (claims: readonly Claim[], of: (demand: Demand) => number): number =>
  claims.reduce((total, claim) => total + of(claim.demand), 0);

export const freeMemoryMiB = (host: Host): number => host.memoryMiB - sum(host.claims, (demand) => demand.memoryMiB);

export const freeVcpus = (host: Host): number => vcpuCapacity(host) - sum(host.claims, (demand) => demand.vcpus);

/** What the pool of one network has on a host, and how much of that is claimed: by domains that take from the same devices. */
export function poolOn(pool: PoolDemand, host: Host): { readonly devices: number; readonly claimed: number } {
  const keys = new Set(devicesOfPool(pool, host.devices).map(({ key }) => key));
  const overlaps = (other: PoolDemand): boolean => devicesOfPool(other, host.devices).some(({ key }) => keys.has(key));
  const rivals = host.claims.flatMap(({ demand }) => demand.pools ?? []).filter((other) => other.exclusive && overlaps(other));
  return { devices: keys.size, claimed: rivals.reduce((total, { count }) => total + count, 0) };
}

/** A device that is lent to one interface alone is one less; any number share the others. */
export function isShort(pool: PoolDemand, host: Host): boolean {
  const { devices, claimed } = poolOn(pool, host);
  return devices - claimed < (pool.exclusive ? pool.count : 1);
}
