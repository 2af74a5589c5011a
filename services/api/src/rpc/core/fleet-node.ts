import type { HostClaims, HostFacts } from '@virtbus/contracts';

export interface FleetNode {
  readonly model: string;
  readonly memoryKiB: bigint;
  readonly freeMemoryBytes: bigint;
  readonly cpus: number;
  /** Of the slowest host; 0 when no host says. */
  readonly mhz: number;
}

const KIB_PER_MIB = 1024n;

/** All hosts as one: what `nodeinfo` shows of the fleet. */
export function fleetNode(hosts: readonly HostFacts[], claims: readonly HostClaims[]): FleetNode {
  const memoryMiB = hosts.reduce((sum, host) => sum + host.memoryMiB, 0);
  const claimedMiB = claims.flatMap((host) => host.claims).reduce((sum, claim) => sum + claim.demand.memoryMiB, 0);
  return {
    model: [...new Set(hosts.map((host) => host.arch))].toSorted().join(' ') || 'x86_64',
    memoryKiB: BigInt(memoryMiB) * KIB_PER_MIB,
    freeMemoryBytes: BigInt(Math.max(0, memoryMiB - claimedMiB)) * KIB_PER_MIB * 1024n,
    cpus: hosts.reduce((sum, host) => sum + host.cpus, 0),
    mhz: hosts.map(({ cpuMHz = 0 }) => cpuMHz).reduce((least, each) => (least === 0 || (each > 0 && each < least) ? each : least), 0),
  };
}

/** libvirt's number for a version: major · 10⁶ + minor · 10³ + micro. */
export function versionNumber(version: string): bigint {
  const [major = 0, minor = 0, micro = 0] = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  return BigInt(major * 1_000_000 + minor * 1_000 + micro);
}

/** The oldest QEMU of the fleet: what every domain can count on. */
export function commonVersion(hosts: readonly HostFacts[]): bigint {
  const versions = hosts.map((host) => versionNumber(host.qemuVersion));
  return versions.reduce((least, each) => (least === 0n || each < least ? each : least), 0n);
}
