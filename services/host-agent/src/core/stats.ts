/** What is counted of a guest, in libvirt's names and units (`virsh domstats`). */
import { stateNumbers, type DomainState, type StatsGroup } from '@virtbus/contracts';

export type Stats = Record<string, number | string | boolean>;

const KIB = 1024;

export const wants = (groups: readonly StatsGroup[] | undefined, group: StatsGroup): boolean => groups?.includes(group) ?? true;

export function stateStats({ state, reason }: Pick<DomainState, 'state' | 'reason'>): Stats {
  const { number, reasons } = stateNumbers[state];
  const known: Readonly<Record<string, number>> = reasons;
  return { 'state.state': number, 'state.reason': known[reason] ?? 0 };
}

export interface CpuTimes {
  readonly userNs: number;
  readonly systemNs: number;
}

export const cpuStats = ({ userNs, systemNs }: CpuTimes): Stats => ({
  'cpu.time': userNs + systemNs,
  'cpu.user': userNs,
  'cpu.system': systemNs,
});

/** QEMU's names of what the guest's balloon driver tells, and libvirt's; bytes become KiB. */
const guestMemory: readonly (readonly [qemu: string, ours: string, unit: number])[] = [
  ['stat-swap-in', 'balloon.swap_in', KIB],
  ['stat-swap-out', 'balloon.swap_out', KIB],
  ['stat-major-faults', 'balloon.major_fault', 1],
  ['stat-minor-faults', 'balloon.minor_fault', 1],
  ['stat-free-memory', 'balloon.unused', KIB],
  ['stat-total-memory', 'balloon.available', KIB],
  ['stat-available-memory', 'balloon.usable', KIB],
  ['stat-disk-caches', 'balloon.disk_caches', KIB],
  ['stat-htlb-pgalloc', 'balloon.hugetlb_pgalloc', 1],
  ['stat-htlb-pgfail', 'balloon.hugetlb_pgfail', 1],
];

export interface Balloon {
  readonly currentKiB: number;
  readonly maximumKiB: number;
  readonly rssKiB: number | undefined;
  /** `guest-stats` of the device, when there is one. */
  readonly guest: { readonly 'last-update'?: number; readonly stats?: Readonly<Record<string, number>> } | undefined;
}

export function balloonStats({ currentKiB, maximumKiB, rssKiB, guest }: Balloon): Stats {
  const stats: Stats = { 'balloon.current': currentKiB, 'balloon.maximum': maximumKiB };
  for (const [qemu, ours, unit] of guestMemory) {
    const value = guest?.stats?.[qemu];
    // What the guest does not tell comes as 2⁶⁴-1.
    if (value !== undefined && value >= 0 && value < 2 ** 63) stats[ours] = Math.floor(value / unit);
  }
  if (guest?.['last-update'] !== undefined) stats['balloon.last-update'] = guest['last-update'];
  if (rssKiB !== undefined) stats['balloon.rss'] = rssKiB;
  return stats;
}

export interface VcpuTimes {
  readonly number: number;
  readonly timeNs: number;
  readonly waitNs: number | undefined;
}

/** virVcpuState: running. */
const VCPU_RUNNING = 1;

export function vcpuStats(times: readonly VcpuTimes[], maximum: number): Stats {
  const stats: Stats = { 'vcpu.current': times.length, 'vcpu.maximum': maximum };
  for (const { number, timeNs, waitNs } of times) {
    stats[`vcpu.${number}.state`] = VCPU_RUNNING;
    stats[`vcpu.${number}.time`] = timeNs;
    if (waitNs !== undefined) stats[`vcpu.${number}.wait`] = waitNs;
  }
  return stats;
}

/** What a link has carried, as the host sees it. */
export interface Carried {
  readonly rxPackets: number;
  readonly txPackets: number;
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly rxErrors: number;
  readonly txErrors: number;
  readonly rxDropped: number;
  readonly txDropped: number;
}

/** From the guest's point of view: what the tap has sent, the guest has received. */
export function interfaceStats(nets: readonly { readonly name: string; readonly link: Carried }[]): Stats {
  const stats: Stats = { 'net.count': nets.length };
  for (const [at, { name, link }] of nets.entries()) {
    Object.assign(stats, {
      [`net.${at}.name`]: name,
      [`net.${at}.rx.bytes`]: link.txBytes,
      [`net.${at}.rx.pkts`]: link.txPackets,
      [`net.${at}.rx.errs`]: link.txErrors,
      [`net.${at}.rx.drop`]: link.txDropped,
      [`net.${at}.tx.bytes`]: link.rxBytes,
      [`net.${at}.tx.pkts`]: link.rxPackets,
      [`net.${at}.tx.errs`]: link.rxErrors,
      [`net.${at}.tx.drop`]: link.rxDropped,
    });
  }
  return stats;
}

export interface BlockCounters {
  readonly rd_operations?: number;
  readonly rd_bytes?: number;
  readonly rd_total_time_ns?: number;
  readonly wr_operations?: number;
  readonly wr_bytes?: number;
  readonly wr_total_time_ns?: number;
  readonly flush_operations?: number;
  readonly flush_total_time_ns?: number;
}

export interface Block {
  /** The target's name, `vda`. */
  readonly name: string;
  readonly path: string | undefined;
  readonly counters: BlockCounters | undefined;
  readonly allocation: number | undefined;
  readonly capacity: number | undefined;
  readonly physical: number | undefined;
}

const counterNames = [
  ['rd_operations', 'rd.reqs'],
  ['rd_bytes', 'rd.bytes'],
  ['rd_total_time_ns', 'rd.times'],
  ['wr_operations', 'wr.reqs'],
  ['wr_bytes', 'wr.bytes'],
  ['wr_total_time_ns', 'wr.times'],
  ['flush_operations', 'fl.reqs'],
  ['flush_total_time_ns', 'fl.times'],
] as const;

export function blockStats(blocks: readonly Block[]): Stats {
  const stats: Stats = { 'block.count': blocks.length };
  for (const [at, block] of blocks.entries()) {
    const put = (name: string, value: number | string | undefined): void => {
      if (value !== undefined) stats[`block.${at}.${name}`] = value;
    };
    put('name', block.name);
    put('path', block.path);
    for (const [qemu, ours] of counterNames) put(ours, block.counters?.[qemu]);
    put('allocation', block.allocation);
    put('capacity', block.capacity);
    put('physical', block.physical);
  }
  return stats;
}
