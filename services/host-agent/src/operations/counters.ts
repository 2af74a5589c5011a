import { stat } from 'node:fs/promises';
import type { DomainStats, StatsGroup } from '@virtbus/contracts';
import { CommandTimeout, MonitorClosed, QmpError, type Monitor } from '@virtbus/qmp';
import {
  balloonStats,
  blockStats,
  cpuStats,
  interfaceStats,
  stateStats,
  vcpuStats,
  wants,
  type Balloon,
  type Block,
  type BlockCounters,
  type Stats,
} from '../core/stats.js';
import type { Links } from '../links/links.js';
import type { LiveGuest } from '../live-guest.js';
import { readThreadTimes, readTimes } from '../qemu/proc.js';
import { liveDefinition } from './live-definition.js';

/** A QEMU that is silent for this long leaves its part out: whoever asks for many guests does not wait for one. */
const QMP_MS = 2_000;
const limited = { timeoutMs: QMP_MS } as const;
const KIB = 1024;

/** What one guest uses now. Never throws for what a guest or its QEMU does: its part is left out. */
export async function countersOf(
  guest: LiveGuest,
  groups: readonly StatsGroup[] | undefined,
  links: Pick<Links, 'statistics'>,
): Promise<DomainStats> {
  const { entry } = guest;
  const readers: readonly (readonly [StatsGroup, () => Stats | Promise<Stats>])[] = [
    ['state', () => stateStats(entry)],
    ['cpu-total', () => ofProcess(guest)],
    ['balloon', () => ofBalloon(guest)],
    ['vcpu', () => ofVcpus(guest)],
    ['interface', () => ofInterfaces(guest, links)],
    ['block', () => ofBlocks(guest)],
  ];
  let partial = false;
  const parts = await Promise.all(
    readers
      .filter(([group]) => wants(groups, group))
      .map(async ([, read]) => {
        try {
          return await read();
        } catch (thrown) {
          if (!isSilence(thrown)) throw thrown;
          partial = true;
          return {};
        }
      }),
  );
  return { uuid: entry.uuid, stats: Object.assign({}, ...parts) as Stats, ...(partial ? { partial } : {}) };
}

const isSilence = (thrown: unknown): boolean =>
  thrown instanceof CommandTimeout || thrown instanceof MonitorClosed || thrown instanceof QmpError;

function ofProcess({ pid }: LiveGuest): Stats {
  const times = readTimes(pid);
  return times ? cpuStats(times) : {};
}

async function ofBalloon({ entry, monitor, pid }: LiveGuest): Promise<Stats> {
  const definition = liveDefinition(entry);
  const maximumKiB = definition.memory?.value ?? 0;
  const alias = definition.devices.memballoon?.alias?.name;
  const [actual, guest] = await Promise.all([
    monitor.execute('query-balloon', {}, limited).catch(whenRefused),
    alias === undefined ? undefined : guestStats(monitor, alias),
  ]);
  const currentKiB = actual ? Math.floor(actual.actual / KIB) : (definition.currentMemory ?? maximumKiB);
  return balloonStats({ currentKiB, maximumKiB, rssKiB: readTimes(pid)?.rssKiB, guest });
}

/** QEMU has no such device, or not now. */
function whenRefused(thrown: unknown): undefined {
  if (thrown instanceof QmpError) return undefined;
  throw thrown;
}

async function guestStats(monitor: Monitor, alias: string): Promise<Balloon['guest']> {
  const asked = { path: `/machine/peripheral/${alias}`, property: 'guest-stats' };
  return (await monitor.execute('qom-get', asked, limited).catch(whenRefused)) as Balloon['guest'];
}

async function ofVcpus({ entry, monitor, pid }: LiveGuest): Promise<Stats> {
  const cpus = await monitor.execute('query-cpus-fast', {}, limited);
  const times = cpus.map((cpu) => ({
    number: cpu['cpu-index'],
    ...(readThreadTimes(pid, cpu['thread-id']) ?? { timeNs: 0, waitNs: undefined }),
  }));
  return vcpuStats(times, liveDefinition(entry).vcpu.value);
}

function ofInterfaces({ entry }: LiveGuest, links: Pick<Links, 'statistics'>): Stats {
  const nets = entry.interfaces.flatMap(({ target }) => {
    const link = target === undefined ? undefined : links.statistics(target);
    return target !== undefined && link ? [{ name: target, link }] : [];
  });
  return interfaceStats(nets);
}

type Disk = ReturnType<typeof liveDefinition>['devices']['disk'][number];

/** As far as it is read here (qapi/block-core.json). */
interface Backend {
  readonly qdev?: string;
  readonly stats?: BlockCounters;
  readonly inserted?: { readonly image?: { readonly 'virtual-size'?: number; readonly 'actual-size'?: number } };
}

async function ofBlocks({ entry, monitor }: LiveGuest): Promise<Stats> {
  const { disk: disks } = liveDefinition(entry).devices;
  if (disks.length === 0) return blockStats([]);
  const [counted, backends] = await Promise.all([
    monitor.execute('query-blockstats', {}, limited) as Promise<readonly Backend[]>,
    monitor.execute('query-block', {}, limited) as Promise<readonly Backend[]>,
  ]);
  return blockStats(await Promise.all(disks.map((disk) => blockOf(disk, counted, backends))));
}

async function blockOf(disk: Disk, counted: readonly Backend[], backends: readonly Backend[]): Promise<Block> {
  const path = disk.type === 'file' ? disk.source?.file : undefined;
  const { image } = behind(disk, backends)?.inserted ?? {};
  return {
    name: disk.target.dev ?? '',
    path,
    counters: behind(disk, counted)?.stats,
    allocation: image?.['actual-size'],
    capacity: image?.['virtual-size'],
    physical: path === undefined ? undefined : await sizeOf(path),
  };
}

/** The backend of a disk: its device's path holds the alias. */
const behind = ({ alias }: Disk, backends: readonly Backend[]): Backend | undefined =>
  backends.find(({ qdev = '' }) => qdev.split('/').includes(alias?.name ?? ''));

const sizeOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
