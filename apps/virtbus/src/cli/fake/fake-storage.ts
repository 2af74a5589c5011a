import type { PoolDetail, PoolLooked, VolumeId, VolumeRecord } from '@virtbus/contracts';
import type { Answer, FleetError, Order, OrderPayload, Question, QuestionPayload, Piece, Result, Take, VolumePart } from '../fleet.js';
import { refuse } from './fake-domains.js';

type PoolQuestion = Extract<Question, 'listPools' | 'getPool' | 'listVolumes' | 'getVolume'>;
type StorageOrder = Extract<Order, `${string}Pool` | `${string}Volume` | 'setPoolAutostart'>;

const textOf = (tag: string, xml: string): string =>
  new RegExp(`<${tag}>([^<]+)<`).exec(xml)?.[1] ?? refuse('xml_error', `XML error: missing ${tag}`);

/** Pools and volumes in memory, with libvirt's refusals. */
export class FakeStorage {
  readonly pools = new Map<string, PoolDetail>();
  readonly volumes = new Map<string, VolumeRecord>();
  /** What they hold. */
  readonly contents = new Map<string, Buffer>();
  /** The holes that were sent, by their lengths. */
  readonly holes: number[] = [];
  /** What reading them ends with. */
  damage: FleetError | undefined;

  readonly questions: { readonly [N in PoolQuestion]: (payload: QuestionPayload<N>) => Answer<N> } = {
    listPools: () => ({ pools: [...this.pools.values()] }),
    getPool: ({ pool }) => this.pool(pool),
    listVolumes: ({ pool }) => ({ volumes: this.active(pool) && [...this.volumes.values()] }),
    getVolume: ({ pool, volume }) => this.active(pool) && this.volume(volume),
  };

  readonly orders: { readonly [N in StorageOrder]: (payload: OrderPayload<N>) => Result<N> } = {
    definePool: ({ xml }) => this.put(textOf('name', xml), { xml }),
    createPool: ({ xml }) => this.put(textOf('name', xml), { xml, active: true, persistent: false }),
    undefinePool: ({ pool }) => {
      const { name, uuid, active } = this.pool(pool);
      if (active) refuse('operation_invalid', `Requested operation is not valid: storage pool '${name}' is still active`);
      this.pools.delete(name);
      return { uuid, name };
    },
    buildPool: ({ pool }) => this.put(pool, {}),
    startPool: ({ pool }) => this.put(pool, { active: true }),
    destroyPool: ({ pool }) => this.active(pool) && this.put(pool, { active: false }),
    deletePool: ({ pool }) => this.put(pool, {}),
    refreshPool: ({ pool }) => this.active(pool) && this.put(pool, {}),
    setPoolAutostart: ({ pool, autostart }) => this.put(pool, { autostart }),
    createVolume: ({ pool, xml }) => {
      const name = textOf('name', xml);
      if (this.volumes.has(name)) refuse('volume_exists', `storage volume '${name}' exists already`);
      const sizes = { capacity: 8_388_608, allocation: 200_704, physical: 196_616 };
      this.volumes.set(name, { hostId: 'host-a', pool: this.active(pool).uuid, name, type: 'file', ...sizes, format: 'qcow2', xml });
      return this.idOf(name);
    },
    deleteVolume: ({ volume }) => {
      const id = this.idOf(volume);
      this.volumes.delete(volume);
      return id;
    },
    resizeVolume: ({ volume, capacity, delta, shrink }) => {
      const known = this.volume(volume);
      if (capacity < known.capacity && !delta && !shrink)
        refuse(
          'invalid_argument',
          "invalid argument: Can't shrink capacity below current capacity unless shrink flag explicitly specified",
        );
      this.volumes.set(volume, { ...known, capacity: delta ? known.capacity + capacity : capacity });
      return this.idOf(volume);
    },
    wipeVolume: ({ volume }) => this.idOf(volume),
  };

  /** What is `_` was never written. */
  async download({ volume: { name }, offsetBytes, lengthBytes = Infinity, sparse = false }: VolumePart, take: Take): Promise<void> {
    const bytes = this.content(name).subarray(offsetBytes, Math.min(offsetBytes + lengthBytes, this.content(name).length));
    if (!sparse) await take(bytes);
    else
      for (const run of bytes.toString().match(/_+|[^_]+/g) ?? [])
        await take(run.startsWith('_') ? { hole: run.length } : Buffer.from(run));
    if (this.damage) throw this.damage;
  }

  async upload({ volume: { name }, offsetBytes }: VolumePart, pieces: AsyncIterable<Piece>): Promise<void> {
    let at = offsetBytes;
    for await (const next of pieces) {
      if ('hole' in next) this.holes.push(next.hole);
      const piece = 'hole' in next ? Buffer.alloc(next.hole, '_') : next;
      const before = this.content(name);
      const hole = Buffer.alloc(Math.max(0, at - before.length));
      this.contents.set(name, Buffer.concat([before.subarray(0, at), hole, piece, before.subarray(at + piece.length)]));
      at += piece.length;
    }
  }

  private content(name: string): Buffer {
    return this.contents.get(name) ?? Buffer.alloc(0);
  }

  private put(name: string, change: Partial<PoolDetail>): PoolLooked {
    const uuid = '9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f041';
    const fresh = { uuid, name, path: `/srv/${name}`, xml: '', persistent: true, autostart: false, active: false };
    const known = change.xml === undefined ? this.pool(name) : fresh;
    this.pools.set(known.name, { ...known, ...change });
    return { uuid, name: known.name };
  }

  private pool(name: string): PoolDetail {
    return this.pools.get(name) ?? refuse('no_pool', `Storage pool not found: no storage pool with matching name '${name}'`);
  }

  private active(name: string): PoolDetail {
    const pool = this.pool(name);
    return pool.active ? pool : refuse('operation_invalid', `Requested operation is not valid: storage pool '${name}' is not active`);
  }

  private volume(name: string): VolumeRecord {
    return this.volumes.get(name) ?? refuse('no_volume', `Storage volume not found: no storage vol with matching name '${name}'`);
  }

  private idOf(name: string): VolumeId {
    const { pool, hostId } = this.volume(name);
    return { pool, name, hostId };
  }
}
