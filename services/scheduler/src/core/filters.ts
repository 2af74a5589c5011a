import type { Demand } from '@virtbus/contracts';
import { freeMemoryMiB, freeVcpus, isShort, poolOn, type Host } from './host.js';

export interface Filter {
  readonly passes: (demand: Demand, host: Host) => boolean;
  /** Why the host cannot hold the domain, in words that an operator can act on. */
  readonly says: (demand: Demand, host: Host) => string;
}

/** In order: the first filter that a host fails is the reason reported for it. */
export const filters = {
  host_silent: {
    passes: (_, host) => host.alive,
    says: () => 'its host-agent does not report',
  },
  host_cordoned: {
    passes: (_, host) => !host.cordoned,
    says: () => 'it is cordoned',
  },
  arch_mismatch: {
    passes: (demand, host) => host.arch === demand.arch,
    says: (demand, host) => `it is ${host.arch}, the domain wants ${demand.arch}`,
  },
  kvm_unusable: {
    passes: (demand, host) => demand.type !== 'kvm' || host.kvm,
    says: () => `it cannot run KVM guests (domain type='kvm')`,
  },
  vcpus_insufficient: {
    passes: (demand, host) => freeVcpus(host) >= demand.vcpus,
    says: (demand, host) => `${freeVcpus(host)} vcpus are free, ${demand.vcpus} are wanted`,
  },
  memory_insufficient: {
    passes: (demand, host) => freeMemoryMiB(host) >= demand.memoryMiB,
    says: (demand, host) => `${freeMemoryMiB(host)} MiB of memory are free, ${demand.memoryMiB} are wanted`,
  },
  volume_absent: {
    passes: (demand, host) => absentOn(demand, host) === undefined,
    says: (demand, host) => {
      const site = absentOn(demand, host);
      return site ? `volume '${site.volume}' of storage pool '${site.pool}' is on ${site.hostIds.join(', ')}` : 'it lacks a volume';
    },
  },
  pool_exhausted: {
    passes: (demand, host) => !(demand.pools ?? []).some((pool) => isShort(pool, host)),
    says: (demand, host) => shortage(demand, host),
  },
} as const satisfies Record<string, Filter>;

/** The first volume of its disks that the host does not have. */
const absentOn = ({ sites = [] }: Demand, { id }: Host) => sites.find(({ hostIds }) => !hostIds.includes(id));

function shortage({ pools = [] }: Demand, host: Host): string {
  const short = pools.find((pool) => isShort(pool, host));
  if (!short) return 'its network devices are in use';
  const { devices, claimed } = poolOn(short, host);
  if (devices === 0) return `it has none of the devices of network '${short.network}'`;
  const wanted = short.exclusive ? short.count : 1;
  return `${Math.max(0, devices - claimed)} of ${devices} devices of network '${short.network}' are free, ${wanted} are wanted`;
}

export type FilterName = keyof typeof filters;

const isFilter = (name: string): name is FilterName => Object.hasOwn(filters, name);
const inOrder: readonly FilterName[] = Object.keys(filters).filter(isFilter);
const filterOf = (name: FilterName): Filter => filters[name];

export interface Rejection {
  readonly hostId: string;
  readonly reason: FilterName;
  readonly words: string;
}

/** The first filter that the host fails; undefined when it passes all. */
export function rejectionOf(demand: Demand, host: Host): Rejection | undefined {
  const reason = inOrder.find((name) => !filterOf(name).passes(demand, host));
  return reason && { hostId: host.id, reason, words: filterOf(reason).says(demand, host) };
}
