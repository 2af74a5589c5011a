import {
  Refusal,
  type ListVolumes,
  type PageQuestion,
  type PoolDetail,
  type PoolList,
  type PoolRecord,
  type VolumeList,
  type VolumeRecord,
} from '@virtbus/contracts';
import { pageOf } from '../core/page.js';
import type { StorageMemory } from './storage.memory.js';

/** Answers what is asked of pools and volumes: as the host has them that answers for the pool. */
export class StorageReader {
  constructor(
    private readonly memory: StorageMemory,
    /** Makes the memory hold at least what its bucket's leader holds of a pool. */
    private readonly fresh: (pool: string) => Promise<void>,
  ) {}

  /** @throws Refusal payload_invalid */
  pools(question: PageQuestion): PoolList {
    const { items, ...next } = pageOf(
      { from: this.memory.pools(), keyOf: ({ name }) => name, show: (pool) => this.memory.detail(pool) },
      question,
    );
    return { pools: [...items], ...next };
  }

  /** @throws Refusal no_pool */
  async pool(reference: string): Promise<PoolDetail> {
    return this.memory.detail(await this.found(reference));
  }

  /** @throws Refusal no_pool, operation_invalid, payload_invalid */
  async volumes({ pool, ...question }: ListVolumes): Promise<VolumeList> {
    const from = this.memory.volumesOf(await this.active(pool));
    const { items, ...next } = pageOf({ from, keyOf: ({ name }) => name, show: (volume) => volume }, question);
    return { volumes: [...items], ...next };
  }

  /** @throws Refusal no_pool, operation_invalid, no_volume */
  async volume(pool: string, name: string): Promise<VolumeRecord> {
    const found = this.memory.volume(await this.active(pool), name);
    if (!found) throw new Refusal('no_volume', `Storage volume not found: no storage vol with matching name '${name}'`);
    return found;
  }

  private async active(reference: string): Promise<PoolRecord> {
    const pool = await this.found(reference);
    if (pool.active) return pool;
    throw new Refusal('operation_invalid', `Requested operation is not valid: storage pool '${pool.name}' is not active`, { domain: 18 });
  }

  private async found(reference: string): Promise<PoolRecord> {
    await this.fresh(reference);
    const found = this.memory.pool(reference) ?? this.memory.poolNamed(reference);
    if (!found) throw new Refusal('no_pool', `Storage pool not found: no storage pool with matching name '${reference}'`);
    return found;
  }
}
