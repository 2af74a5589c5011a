import { findByReference, poolNames, poolRecords, tokenFromName, volumeRecords } from '@virtbus/contracts';
import type { DiskDemand, PoolRecord, VolumeRecord } from '@virtbus/contracts';
import type { Bus, View } from '@virtbus/messaging';
import type { KnownStorage } from '../core/disk-sites.js';

/** Pools and where their volumes are, from watches. */
export class StorageView implements KnownStorage {
  /** Hosts by pool and name: a fleet has many volumes. */
  private readonly hosts = new Map<string, Set<string>>();

  private constructor(
    private readonly bus: Bus,
    private readonly pools: View<PoolRecord>,
    volumes: View<VolumeRecord>,
  ) {
    for (const { value } of volumes.entries()) this.learn(value);
    volumes.onChange(({ entry, previous }) => {
      if (entry) this.learn(entry.value);
      else if (previous) this.hosts.get(keyOf(previous.value))?.delete(previous.value.hostId);
    });
  }

  static async open(bus: Bus): Promise<StorageView> {
    return new StorageView(bus, await bus.bucket(poolRecords).view(), await bus.bucket(volumeRecords).view());
  }

  poolNamed(name: string): PoolRecord | undefined {
    return this.find((pool) => pool.name === name);
  }

  poolAt(path: string): PoolRecord | undefined {
    return this.find((pool) => pool.active && pool.path === path);
  }

  hostsWith({ uuid }: PoolRecord, volume: string): readonly string[] {
    return [...(this.hosts.get(keyOf({ pool: uuid, name: volume })) ?? [])].toSorted((a, b) => (a < b ? -1 : 1));
  }

  /** The same of these disks, as the buckets' leaders have it now. */
  async fresh(disks: readonly DiskDemand[], hostIds: readonly string[]): Promise<KnownStorage> {
    const named = [...new Set(disks.flatMap(({ pool }) => pool ?? []))];
    const asked = await Promise.all(named.map((name) => findByReference(name, this.bus.bucket(poolRecords), this.bus.bucket(poolNames))));
    const pools = new Map(
      [...this.pools.entries(), ...asked.filter((found) => found !== undefined)].map(({ value }) => [value.uuid, value]),
    );
    const hosts = new Map<string, readonly string[]>();
    for (const disk of disks) {
      for (const { uuid, name } of pools.values()) {
        const volume = disk.pool === name ? disk.volume : disk.file?.slice(disk.file.lastIndexOf('/') + 1);
        if (volume === undefined || (disk.pool !== undefined && disk.pool !== name)) continue;
        hosts.set(keyOf({ pool: uuid, name: volume }), await this.having({ pool: uuid, name: volume }, hostIds));
      }
    }
    const all = [...pools.values()];
    return {
      poolNamed: (name) => all.find((pool) => pool.name === name),
      poolAt: (path) => all.find((pool) => pool.active && pool.path === path),
      hostsWith: ({ uuid }, volume) => hosts.get(keyOf({ pool: uuid, name: volume })) ?? [],
    };
  }

  private async having({ pool, name }: Pick<VolumeRecord, 'pool' | 'name'>, hostIds: readonly string[]): Promise<string[]> {
    const bucket = this.bus.bucket(volumeRecords);
    const found = await Promise.all(hostIds.map((hostId) => bucket.get({ hostId, pool, name: tokenFromName(name) })));
    return found.flatMap((entry) => entry?.value.hostId ?? []).toSorted((a, b) => (a < b ? -1 : 1));
  }

  private find(holds: (pool: PoolRecord) => boolean): PoolRecord | undefined {
    return this.pools.entries().find(({ value }) => holds(value))?.value;
  }

  private learn(volume: VolumeRecord): void {
    const held = this.hosts.get(keyOf(volume)) ?? new Set<string>();
    held.add(volume.hostId);
    this.hosts.set(keyOf(volume), held);
  }
}

const keyOf = ({ pool, name }: Pick<VolumeRecord, 'pool' | 'name'>): string => `${pool}.${tokenFromName(name)}`;
