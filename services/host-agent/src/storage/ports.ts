import type { HostPoolRecord, PoolRecord, VolumeRecord } from '@virtbus/contracts';

/** Definitions of the fleet's pools, from a watch. */
export interface PoolSource {
  all(): readonly PoolRecord[];
  onChange(listener: (uuid: string) => void): void;
}

/** What this host says of its pools. Each write answers its revision. */
export interface StorageFacts {
  /** What it has said before, in this life or an earlier one. */
  pools(): readonly HostPoolRecord[];
  volumes(pool: string): readonly VolumeRecord[];
  volume(pool: string, name: string): VolumeRecord | undefined;
  hasPool(record: HostPoolRecord): Promise<number>;
  lostPool(uuid: string): Promise<void>;
  hasVolume(record: VolumeRecord): Promise<number>;
  lostVolume(pool: string, name: string): Promise<void>;
}
