import type { Demand } from '@virtbus/contracts';
import { freeMemoryMiB, freeVcpus, vcpuCapacity, type Host } from './host.js';

interface Score {
  readonly weight: number;
  /** From 0 (worst) to 1 (best). */
  readonly of: (demand: Demand, host: Host) => number;
}

const fraction = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);

/** Guests spread over the fleet: the share of a resource that would still be free decides. Memory counts most: it cannot be shared. */
export const scores = {
  memory_left: { weight: 2, of: (demand, host) => fraction(freeMemoryMiB(host) - demand.memoryMiB, host.memoryMiB) },
  // What an interface names itself is a device of one host, and a start anywhere else would fail.
  named_devices: { weight: 8, of: (demand, host) => fraction(namedOn(demand, host), demand.devices?.length ?? 0) },
  vcpus_left: { weight: 1, of: (demand, host) => fraction(freeVcpus(host) - demand.vcpus, vcpuCapacity(host)) },
} as const satisfies Record<string, Score>;

export const scoreOf = (demand: Demand, host: Host): number =>
  Object.values(scores).reduce((total, score) => total + score.weight * score.of(demand, host), 0);

function namedOn({ devices = [] }: Demand, { devices: present }: Host): number {
  const functions = present?.physicalFunctions.flatMap((physical) => physical.functions.map(({ address }) => address)) ?? [];
  return devices.filter((name) => present?.links.includes(name) || functions.includes(name)).length;
}
