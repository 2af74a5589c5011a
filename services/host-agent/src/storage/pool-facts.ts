import { isDeepStrictEqual } from 'node:util';
import { Refusal, type HostPool, type Looked, type PoolRecord, type VolumeRecord } from '@virtbus/contracts';
import { PoolDirectory, type Where } from './pool-directory.js';
import type { HostLog } from '../ports.js';
import type { PoolSource, StorageFacts } from './ports.js';
import { volumeFacts } from './volume-facts.js';

/** Volumes that are looked at together. */
const AT_ONCE = 16;

export interface StorageWorld extends Where {
  readonly pools: PoolSource;
  readonly facts: StorageFacts;
  readonly log: HostLog;
}

/**
 * Keeps what this host says of its pools what it is. A host has each active pool whose directory it has; it is told of none of them:
 * it follows their records, and compares everything again from time to time.
 */
export class PoolFacts {
  /** One look at a pool at a time: what is written last is what was seen last. */
  private readonly busy = new Map<string, Promise<unknown>>();

  constructor(private readonly world: StorageWorld) {
    world.pools.onChange((uuid) => void this.follow(uuid));
  }

  /** What is in a pool, written down. @throws Refusal system_error, operation_failed */
  look(pool: HostPool): Promise<Looked> {
    return this.alone(pool.uuid, () => this.write(pool));
  }

  /** One volume again, or that it is gone. @returns the revision; 0 of one that is gone */
  lookAt(pool: HostPool, name: string): Promise<number> {
    return this.alone(pool.uuid, async () => {
      const directory = await PoolDirectory.open(pool, this.world);
      try {
        const revision = await this.writeVolume(directory, pool, name);
        await this.writePool(directory, pool);
        return revision;
      } finally {
        await directory.close();
      }
    });
  }

  /** Every pool again. Never rejects. */
  async reconcile(): Promise<void> {
    const uuids = new Set([...this.world.facts.pools(), ...this.world.pools.all()].map(({ uuid }) => uuid));
    for (const uuid of uuids) await this.follow(uuid);
  }

  private async follow(uuid: string): Promise<void> {
    const record = this.world.pools.all().find((pool) => pool.uuid === uuid);
    try {
      await this.alone(uuid, () => (record?.active ? this.writeIfThere(record) : this.forget(uuid)));
    } catch (error) {
      this.world.log.error(`pool '${record?.name ?? uuid}' cannot be looked at`, error);
    }
  }

  /** The directory of a pool is on some hosts and not on others. */
  private async writeIfThere(record: PoolRecord): Promise<void> {
    try {
      await this.write(record);
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      await this.forget(record.uuid);
    }
  }

  private async write(pool: HostPool): Promise<Looked> {
    const directory = await PoolDirectory.open(pool, this.world);
    try {
      const names = await directory.names();
      const there = new Set(names);
      const revision = await this.writeVolumes(directory, pool, names);
      for (const { name } of this.world.facts.volumes(pool.uuid)) {
        if (!there.has(name)) await this.world.facts.lostVolume(pool.uuid, name);
      }
      await this.writePool(directory, pool);
      return { revision };
    } finally {
      await directory.close();
    }
  }

  /** A few at once: each is a way to the disk, and to the bus. @returns the highest revision that was written */
  private async writeVolumes(directory: PoolDirectory, pool: HostPool, names: readonly string[]): Promise<number> {
    const left = names.values();
    let revision = 0;
    const work = async (): Promise<void> => {
      for (const name of left) {
        const written = await this.writeVolume(directory, pool, name);
        revision = Math.max(revision, written);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return revision;
  }

  /** Nothing is written that was said already. A file that went meanwhile is no volume. @returns the revision; 0 when nothing was written */
  private async writeVolume(directory: PoolDirectory, { uuid, path }: HostPool, name: string): Promise<number> {
    const { hostId, facts } = this.world;
    const said = facts.volume(uuid, name);
    let record: VolumeRecord;
    try {
      record = await volumeFacts(directory, { hostId, pool: uuid, path, name });
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      if (said) await facts.lostVolume(uuid, name);
      return 0;
    }
    return isDeepStrictEqual(said, record) ? 0 : facts.hasVolume(record);
  }

  private async writePool(directory: PoolDirectory, { uuid, path }: HostPool): Promise<void> {
    const { hostId, facts } = this.world;
    const { mode, uid, gid } = await directory.stat();
    const record = { hostId, uuid, path, ...(await directory.room()), mode: mode & 0o7777, owner: uid, group: gid };
    const said = facts.pools().find((pool) => pool.uuid === uuid);
    if (!isDeepStrictEqual(said, record)) await facts.hasPool(record);
  }

  private async forget(uuid: string): Promise<void> {
    const { facts } = this.world;
    if (facts.pools().some((pool) => pool.uuid === uuid)) await facts.lostPool(uuid);
    for (const { name } of facts.volumes(uuid)) await facts.lostVolume(uuid, name);
  }

  private alone<T>(uuid: string, act: () => Promise<T>): Promise<T> {
    const before = this.busy.get(uuid) ?? Promise.resolve();
    const now = before.then(act, act);
    const settled = now.catch(() => undefined);
    this.busy.set(uuid, settled);
    return now;
  }
}
