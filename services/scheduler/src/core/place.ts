import type { Demand } from '@virtbus/contracts';
import { rejectionOf, type Rejection } from './filters.js';
import type { Host } from './host.js';
import { scoreOf } from './scores.js';

export type Placing =
  | { readonly type: 'placed'; readonly hostId: string }
  | { readonly type: 'unschedulable'; readonly rejections: readonly Rejection[] };

/** The host for a domain. The order of `hosts` does not matter: the same fleet gives the same answer. */
export function place(demand: Demand, hosts: readonly Host[]): Placing {
  const rejections = hosts
    .map((host) => rejectionOf(demand, host))
    .filter((rejection) => rejection !== undefined)
    .toSorted((a, b) => (a.hostId < b.hostId ? -1 : 1));
  const rejected = new Set(rejections.map((rejection) => rejection.hostId));
  const [best] = hosts.filter((host) => !rejected.has(host.id)).toSorted(bestFirst(demand));
  return best ? { type: 'placed', hostId: best.id } : { type: 'unschedulable', rejections };
}

/** Highest score, then lowest id: a replay must decide the same. */
const bestFirst = (demand: Demand) => (a: Host, b: Host) => scoreOf(demand, b) - scoreOf(demand, a) || (a.id < b.id ? -1 : 1);

/** `no host can hold domain 'demo': host-a: it is cordoned; host-b: 64 MiB of memory are free, 128 are wanted`. */
export function unschedulableWords(name: string, rejections: readonly Rejection[]): string {
  const subject = `operation failed: no host can hold domain '${name}'`;
  if (rejections.length === 0) return `${subject}: the fleet has no host (start one with 'virtbus up', or a host-agent)`;
  return `${subject}: ${rejections.map((rejection) => `${rejection.hostId}: ${rejection.words}`).join('; ')}`;
}
