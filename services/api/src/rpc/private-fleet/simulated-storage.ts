import * as contracts from '@virtbus/contracts';
import { Refusal, type PayloadOf, type PoolRecord, type ReplyOf, type RequestContract, type VolumeRecord } from '@virtbus/contracts';
import { formatStorageVolume, parseStorageVolume } from '@virtbus/libvirt-xml';
import type { Answered, Looked, PoolHosts } from '../../pools/pool-hosts.js';
import { host, pool as fixture } from './fixture-table.js';
import type { memoryViews } from './memory-view.js';
import { NotSimulated } from './not-simulated.js';

type Views = ReturnType<typeof memoryViews>;
type Answer = (pool: PoolRecord, payload: never) => object;

const on = <C extends RequestContract>(contract: C, act: (pool: PoolRecord, payload: PayloadOf<C>) => ReplyOf<C>): [string, Answer] => [
  contract.subject,
  act,
];

const STORAGE = 18;
const INTERNAL = 1;
const { hostId } = host;

/** Pools whose volumes are nothing but what is said of them. What a real host writes to the buckets, this one writes to the views. */
export class SimulatedStorage implements PoolHosts {
  private readonly table: ReadonlyMap<string, Answer> = new Map([
    on(contracts.makeHostVolume, (pool, order) => this.make(pool, order)),
    on(contracts.removeHostVolume, (pool, { volume }) => this.removeVolume(pool, volume)),
    on(contracts.resizeHostVolume, (pool, order) => this.resize(pool, order)),
    on(contracts.wipeHostVolume, (pool, { volume }) => {
      this.found(pool, volume);
      return { revision: 0 };
    }),
    on(contracts.lookAtHostVolume, (pool, { volume }) => this.found(pool, volume)),
  ]);

  constructor(private readonly views: Views) {}

  pools(): readonly PoolRecord[] {
    return this.views.pools.entries().map((entry) => entry.value);
  }

  async build(): Promise<void> {
    // Every directory that is named is there.
  }

  async remove(): Promise<void> {
    // See above.
  }

  async look(pool: PoolRecord): Promise<Looked> {
    const { uuid, path } = pool;
    const allocation = this.volumesOf(pool).reduce((total, volume) => total + volume.allocation, 0);
    const capacity = fixture.capacityBytes;
    const room = { capacity, allocation, available: capacity - allocation };
    this.views.hostPools.put({ hostId, uuid }, { hostId, uuid, path, ...room, mode: 0o711, owner: 0, group: 0 });
    return { hostId, revision: 0 };
  }

  async ask<C extends RequestContract>(pool: PoolRecord, contract: C, payload: PayloadOf<C>): Promise<Answered<ReplyOf<C>>> {
    const answer = this.table.get(contract.subject);
    if (!answer) throw new NotSimulated(contract.subject);
    const reply = answer(pool, payload as never) as ReplyOf<C>;
    await this.look(pool);
    return { hostId, reply };
  }

  private make(pool: PoolRecord, { xml }: contracts.MakeHostVolume): contracts.Looked {
    const definition = parseStorageVolume(xml);
    const { name, capacity = 0, allocation = capacity, target } = definition;
    if (this.views.volumes.get(this.keyOf(pool, name))) throw new Refusal('volume_exists', `storage volume '${name}' exists already`);
    const used = this.volumesOf(pool).reduce((total, volume) => total + volume.allocation, 0);
    if (used + allocation > fixture.capacityBytes)
      throw new Refusal('operation_failed', `internal error: Not enough free space in pool for volume '${name}'`, {
        libvirt: INTERNAL,
        domain: STORAGE,
      });
    return { revision: this.put(pool, { name, capacity, allocation, format: target.format.type }) };
  }

  private resize(pool: PoolRecord, { volume, capacity }: contracts.ResizeHostVolume): contracts.Looked {
    return { revision: this.put(pool, { ...this.found(pool, volume), capacity }) };
  }

  private removeVolume(pool: PoolRecord, name: string): contracts.Looked {
    this.found(pool, name);
    this.views.volumes.remove(this.keyOf(pool, name));
    return { revision: 0 };
  }

  private put(
    pool: PoolRecord,
    { name, capacity, allocation, format }: Pick<VolumeRecord, 'name' | 'capacity' | 'allocation' | 'format'>,
  ): number {
    const path = `${pool.path}/${name}`;
    const type = format === 'dir' ? 'dir' : 'file';
    const xml = formatStorageVolume(
      { type, name, key: path, capacity, allocation, target: { path, format: { type: format as 'raw' } } },
      { flavour: 'live' },
    );
    const record = { hostId, pool: pool.uuid, name, type, capacity, allocation, physical: capacity, format, xml } as const;
    return this.views.volumes.put(this.keyOf(pool, name), record);
  }

  private found(pool: PoolRecord, name: string): VolumeRecord {
    const found = this.views.volumes.get(this.keyOf(pool, name));
    if (!found) throw new Refusal('no_volume', `Storage volume not found: no storage vol with matching name '${name}'`);
    return found.value;
  }

  private volumesOf({ uuid }: PoolRecord): VolumeRecord[] {
    return this.views.volumes
      .entries()
      .map((entry) => entry.value)
      .filter(({ pool }) => pool === uuid);
  }

  private keyOf(pool: PoolRecord, name: string): { readonly hostId: string; readonly pool: string; readonly name: string } {
    return { hostId, pool: pool.uuid, name: contracts.tokenFromName(name) };
  }
}
