import * as contracts from '@virtbus/contracts';
import { statsGroups, type DomainStats, type StatsGroup } from '@virtbus/contracts';
import { errorCode, errorDomain, RemoteError, type TypedParam } from '@virtbus/libvirt-rpc';
import { chunksOf } from '../../core/chunks.js';
import { statsOnRecord } from '../../core/stats-on-record.js';
import type { KnownDomain } from '../../fleet.memory.js';
import { ALL_DOMAIN_FILTERS, domainPasses } from '../core/domain-filter.js';
import { definitionOf, diskOf } from '../domain-xml.js';
import { domainHandle, type DomainHandle } from '../handles.js';
import { invalidArgument, invalidOperation, refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';
import { typedStats } from '../typed-stats.js';

/** virDomainStatsTypes, in the order of the groups; the bits above are groups that no host counts. */
const groupBits: readonly (readonly [bit: number, group: StatsGroup])[] = statsGroups.map((group, index) => [
  [1, 2, 4, 8, 16, 32][index] ?? 0,
  group,
]);
const UNCOUNTED_BITS = 64 | 128 | 256 | 512 | 1024;
const NOWAIT = 1 << 29;
const BACKING = 1 << 30;
const ENFORCE = 1 << 31;

/** As many as an answer holds: each says some kilobytes. */
const MOST_AT_ONCE = 200;

/** Of those that do not run the fleet need not be asked. */
async function count(
  domains: readonly KnownDomain[],
  groups: readonly StatsGroup[] | undefined,
  { orders }: Session,
): Promise<readonly DomainStats[]> {
  const records = domains.filter(({ active }) => !active).map((domain) => onRecord(domain, groups));
  for (const some of chunksOf(
    domains.filter(({ active }) => active),
    MOST_AT_ONCE,
  )) {
    const question = { domains: some.map(({ record }) => record.uuid), ...(groups ? { groups: [...groups] } : {}) };
    records.push(...(await orders.ask(contracts.getDomainStats, question)).records);
  }
  return records;
}

function onRecord({ state, reason, record }: KnownDomain, groups: readonly StatsGroup[] | undefined): DomainStats {
  const { uuid, memoryKiB, maxMemoryKiB, demand } = record;
  return { uuid, stats: statsOnRecord({ state, reason, memoryKiB, maxMemoryKiB, vcpus: demand.vcpus }, groups) };
}

/** @throws RemoteError when it does not run */
async function running(dom: DomainHandle, { known }: Session): Promise<KnownDomain> {
  const domain = await known.domain(dom);
  if (!domain.active) throw invalidOperation('domain is not running');
  return domain;
}

async function statsOf(dom: DomainHandle, groups: readonly StatsGroup[], session: Session): Promise<DomainStats['stats']> {
  const [record] = await count([await running(dom, session)], groups, session);
  return record?.stats ?? {};
}

const big = (stats: DomainStats['stats'], name: string): bigint => BigInt(Math.trunc(Number(stats[name] ?? 0)));

/** The number of an interface or disk among those that are counted. @throws RemoteError */
function indexOf(stats: DomainStats['stats'], kind: 'net' | 'block', wanted: string): number {
  const all = Array.from({ length: Number(stats[`${kind}.count`] ?? 0) }, (_, index) => index);
  const found = all.find(
    (index) => stats[`${kind}.${index}.name`] === wanted || (kind === 'block' && stats[`block.${index}.path`] === wanted),
  );
  if (found !== undefined) return found;
  throw invalidArgument(kind === 'net' ? `'${wanted}' is not a known interface` : `invalid path: ${wanted}`);
}

/** Every disk when none is named. @throws RemoteError */
const disksOf = (stats: DomainStats['stats'], path: string): readonly number[] =>
  path === '' ? Array.from({ length: Number(stats['block.count'] ?? 0) }, (_, index) => index) : [indexOf(stats, 'block', path)];

const total = (stats: DomainStats['stats'], disks: readonly number[], name: string): bigint =>
  disks.reduce((sum, index) => sum + big(stats, `block.${index}.${name}`), 0n);

/** Whether a definition has a disk is known without its host. @throws RemoteError */
async function refuseOtherDisk(dom: DomainHandle, path: string, { known }: Session): Promise<void> {
  if (!diskOf(definitionOf(await known.domain(dom), false), path)) throw invalidArgument(`invalid path ${path} not assigned to domain`);
}

/** virDomainMemoryStatTags that a balloon has a name for. */
const memoryTags = [
  'swap_in',
  'swap_out',
  'major_fault',
  'minor_fault',
  'unused',
  'available',
  'current',
  'rss',
  'usable',
  'last-update',
  'disk_caches',
  'hugetlb_pgalloc',
  'hugetlb_pgfail',
];

/** virsh's names of virDomainBlockStatsFlags, and those of the statistics. */
const blockFields = [
  ['wr_bytes', 'wr.bytes'],
  ['wr_operations', 'wr.reqs'],
  ['rd_bytes', 'rd.bytes'],
  ['rd_operations', 'rd.reqs'],
  ['flush_operations', 'fl.reqs'],
  ['wr_total_times', 'wr.times'],
  ['rd_total_times', 'rd.times'],
  ['flush_total_times', 'fl.times'],
] as const;

const STRING_OKAY = 4;

/** What guests use, counted on their hosts now. */
export const domainStats: RemoteHandlers = {
  connect_get_all_domain_stats: async ({ doms, stats, flags }, session) => {
    refuseOtherFlags(flags, ALL_DOMAIN_FILTERS | NOWAIT | BACKING | ENFORCE, 'connect_get_all_domain_stats');
    refuseOtherFlags(stats, 63 | UNCOUNTED_BITS, 'connect_get_all_domain_stats');
    if ((flags & ENFORCE) !== 0 && (stats & UNCOUNTED_BITS) !== 0) {
      throw new RemoteError(
        errorCode.argumentUnsupported,
        errorDomain.qemu,
        `argument unsupported: Stats types bits 0x${(stats & UNCOUNTED_BITS).toString(16)} are not supported by this daemon`,
      );
    }
    const { known } = session;
    const given = doms.length > 0 ? await Promise.all(doms.map((dom) => known.domain(dom))) : known.domains();
    const wanted = given.filter((domain) => domainPasses(domain, flags & ALL_DOMAIN_FILTERS));
    const groups = groupBits.filter(([bit]) => stats === 0 || (stats & bit) !== 0).map(([, group]) => group);
    const records = new Map((await count(wanted, groups, session)).map((record) => [record.uuid, record] as const));
    const retStats = wanted.map((domain) => ({
      dom: domainHandle(domain),
      params: typedStats(records.get(domain.record.uuid)?.stats ?? {}),
    }));
    return { retStats };
  },
  domain_interface_stats: async ({ dom, device }, session) => {
    const stats = await statsOf(dom, ['interface'], session);
    const at = (name: string) => big(stats, `net.${index}.${name}`);
    const index = indexOf(stats, 'net', device);
    const received = { rx_bytes: at('rx.bytes'), rx_packets: at('rx.pkts'), rx_errs: at('rx.errs'), rx_drop: at('rx.drop') };
    return { ...received, tx_bytes: at('tx.bytes'), tx_packets: at('tx.pkts'), tx_errs: at('tx.errs'), tx_drop: at('tx.drop') };
  },
  domain_memory_stats: async ({ dom, maxStats, flags }, session) => {
    refuseOtherFlags(flags, 0, 'domain_memory_stats');
    const counted = await statsOf(dom, ['balloon'], session);
    const stats = memoryTags.flatMap((name, tag) =>
      counted[`balloon.${name}`] === undefined ? [] : [{ tag, val: big(counted, `balloon.${name}`) }],
    );
    return { stats: stats.slice(0, maxStats) };
  },
  domain_block_stats_flags: async ({ dom, path, nparams, flags }, session) => {
    refuseOtherFlags(flags, STRING_OKAY, 'domain_block_stats_flags');
    const counted = await statsOf(dom, ['block'], session);
    const disks = disksOf(counted, path);
    const fields = disks.length === 0 ? [] : blockFields;
    if (nparams === 0) return { params: [], nparams: fields.length };
    const params = fields.map(([field, name]): TypedParam => ({ field, value: { type: 'llong', value: total(counted, disks, name) } }));
    return { params: params.slice(0, nparams), nparams: Math.min(nparams, params.length) };
  },
  domain_block_stats: async ({ dom, path }, session) => {
    const counted = await statsOf(dom, ['block'], session);
    const at = (name: string) => total(counted, disks, name);
    const disks = disksOf(counted, path);
    return { rd_req: at('rd.reqs'), rd_bytes: at('rd.bytes'), wr_req: at('wr.reqs'), wr_bytes: at('wr.bytes'), errs: -1n };
  },
  domain_get_block_info: async ({ dom, path, flags }, session) => {
    refuseOtherFlags(flags, 0, 'domain_get_block_info');
    await refuseOtherDisk(dom, path, session);
    const counted = await statsOf(dom, ['block'], session);
    const index = indexOf(counted, 'block', path);
    const at = (name: string) => big(counted, `block.${index}.${name}`);
    return { allocation: at('allocation'), capacity: at('capacity'), physical: at('physical') };
  },
  domain_get_cpu_stats: async ({ dom, nparams, start_cpu, ncpus, flags }, session) => {
    refuseOtherFlags(flags, STRING_OKAY, 'domain_get_cpu_stats');
    await running(dom, session);
    // For each processor of the host they are counted by a cgroup that the fleet does not make; all of them together are known.
    if (start_cpu !== -1) throw invalidOperation('cgroup CPUACCT controller is not mounted');
    if (nparams === 0 || ncpus === 0) return { params: [], nparams: 3 };
    const counted = await statsOf(dom, ['cpu-total'], session);
    const field = (name: string, from: string): TypedParam => ({ field: name, value: { type: 'ullong', value: big(counted, from) } });
    const params = [field('cpu_time', 'cpu.time'), field('user_time', 'cpu.user'), field('system_time', 'cpu.system')];
    return { params: params.slice(0, nparams), nparams: params.length };
  },
};
