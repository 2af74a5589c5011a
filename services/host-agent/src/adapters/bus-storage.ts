import {
  hostPools,
  poolRecords,
  tokenFromName,
  volumeRecords,
  type HostPoolRecord,
  type PoolRecord,
  type VolumeRecord,
} from '@virtbus/contracts';
import type { Bus, View } from '@virtbus/messaging';
import type { PoolSource, StorageFacts } from '../storage/ports.js';

/** Pools from a watch. */
export class BusPools implements PoolSource {
  private constructor(private readonly view: View<PoolRecord, { readonly uuid: string }>) {}

  static async open(bus: Bus): Promise<BusPools> {
    return new BusPools(await bus.bucket(poolRecords).view());
  }

  all(): readonly PoolRecord[] {
    return this.view.entries().map((entry) => entry.value);
  }

  onChange(listener: (uuid: string) => void): void {
    this.view.onChange(({ key }) => listener(key.uuid));
  }
}

/** This host's part of the two buckets. What it has written it remembers: it is the only one who writes there. */
export class BusStorageFacts implements StorageFacts {
  private readonly saidPools = new Map<string, HostPoolRecord>();
  private readonly saidVolumes = new Map<string, Map<string, VolumeRecord>>();

  private constructor(
    private readonly bus: Bus,
    private readonly hostId: string,
  ) {}

  static async open(bus: Bus, hostId: string): Promise<BusStorageFacts> {
    const facts = new BusStorageFacts(bus, hostId);
    const [pools, volumes] = await Promise.all([bus.bucket(hostPools).view({ hostId }), bus.bucket(volumeRecords).view({ hostId })]);
    for (const { value } of pools.entries()) facts.saidPools.set(value.uuid, value);
    for (const { value } of volumes.entries()) facts.volumesOf(value.pool).set(value.name, value);
    await Promise.all([pools.close(), volumes.close()]);
    return facts;
  }

  pools(): readonly HostPoolRecord[] {
    return [...this.saidPools.values()];
  }

  volumes(pool: string): readonly VolumeRecord[] {
    return [...this.volumesOf(pool).values()];
  }

  volume(pool: string, name: string): VolumeRecord | undefined {
    return this.volumesOf(pool).get(name);
  }

  async hasPool(record: HostPoolRecord): Promise<number> {
    const revision = await this.bus.bucket(hostPools).put({ hostId: this.hostId, uuid: record.uuid }, record);
    this.saidPools.set(record.uuid, record);
    return revision;
  }

  async lostPool(uuid: string): Promise<void> {
    await this.bus.bucket(hostPools).delete({ hostId: this.hostId, uuid });
    this.saidPools.delete(uuid);
  }

  async hasVolume(record: VolumeRecord): Promise<number> {
    const { hostId, pool, name } = record;
    const revision = await this.bus.bucket(volumeRecords).put({ hostId, pool, name: tokenFromName(name) }, record);
    this.volumesOf(pool).set(name, record);
    return revision;
  }

  async lostVolume(pool: string, name: string): Promise<void> {
    await this.bus.bucket(volumeRecords).delete({ hostId: this.hostId, pool, name: tokenFromName(name) });
    this.volumesOf(pool).delete(name);
  }

  private volumesOf(pool: string): Map<string, VolumeRecord> {
    const known = this.saidVolumes.get(pool) ?? new Map<string, VolumeRecord>();
    this.saidVolumes.set(pool, known);
    return known;
  }
}
