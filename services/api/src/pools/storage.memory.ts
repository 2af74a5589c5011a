import { defined, isLibvirtUuid, type HostPoolRecord, type PoolDetail, type PoolRecord, type VolumeRecord } from '@virtbus/contracts';
import { formatStoragePool, parseStoragePool } from '@virtbus/libvirt-xml';
import type { FleetViews } from '../fleet.views.js';
import { withHome, withoutHome } from './pool-home.js';
import { answeringHost } from './pool-hosts.js';

const keyOf = ({ hostId, pool }: Pick<VolumeRecord, 'hostId' | 'pool'>): string => `${hostId}.${pool}`;

/** Storage pools and their volumes by every handle that libvirt knows, from memory: as the host has them that answers for the pool. */
export class StorageMemory {
  private readonly volumes = new Map<string, Map<string, VolumeRecord>>();

  constructor(private readonly views: Pick<FleetViews, 'pools' | 'hosts' | 'hostPools' | 'volumes'>) {
    for (const { value } of views.volumes.entries()) this.learn(value);
    views.volumes.onChange(({ entry, previous }) => {
      if (entry) this.learn(entry.value);
      else if (previous) this.forget(previous.value);
    });
  }

  pools(): PoolRecord[] {
    return this.views.pools.entries().map((entry) => entry.value);
  }

  pool(uuid: string): PoolRecord | undefined {
    return isLibvirtUuid(uuid) ? this.views.pools.get({ uuid: uuid.toLowerCase() })?.value : undefined;
  }

  poolNamed(name: string): PoolRecord | undefined {
    return this.pools().find((pool) => pool.name === name);
  }

  /** What the answering host says of a pool; undefined of one that is not active, and before any host has said anything. */
  room(pool: PoolRecord): HostPoolRecord | undefined {
    const hostId = pool.active ? this.answering(pool) : undefined;
    return hostId === undefined ? undefined : this.views.hostPools.get({ hostId, uuid: pool.uuid })?.value;
  }

  /** By name, in order. */
  volumesOf(pool: PoolRecord): VolumeRecord[] {
    return [...this.heldBy(pool).values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  volume(pool: PoolRecord, name: string): VolumeRecord | undefined {
    return this.heldBy(pool).get(name);
  }

  detail(pool: PoolRecord): PoolDetail {
    const { capacity, allocation, available } = this.room(pool) ?? {};
    return { ...pool, xml: this.poolXml(pool), ...defined({ capacity, allocation, available }) };
  }

  /** As `pool-dumpxml` prints it: of an active pool with what its host says. */
  poolXml(pool: PoolRecord): string {
    const room = this.room(pool);
    if (!room) return pool.xml;
    const definition = parseStoragePool(withoutHome(pool.xml));
    if (definition.type !== 'dir') return pool.xml;
    const { capacity, allocation, available, mode, owner, group } = room;
    const permissions = { ...definition.target.permissions, mode, owner, group };
    const live = { ...definition, capacity, allocation, available, target: { ...definition.target, permissions } };
    return withHome(formatStoragePool(live, { flavour: 'live' }), pool.hostId);
  }

  private heldBy(pool: PoolRecord): ReadonlyMap<string, VolumeRecord> {
    const hostId = pool.active ? this.answering(pool) : undefined;
    return (hostId === undefined ? undefined : this.volumes.get(keyOf({ hostId, pool: pool.uuid }))) ?? new Map<string, VolumeRecord>();
  }

  private answering(pool: PoolRecord): string | undefined {
    return answeringHost(pool, this.views, Date.now());
  }

  private learn(volume: VolumeRecord): void {
    const key = keyOf(volume);
    const held = this.volumes.get(key) ?? new Map<string, VolumeRecord>();
    held.set(volume.name, volume);
    this.volumes.set(key, held);
  }

  private forget(volume: VolumeRecord): void {
    this.volumes.get(keyOf(volume))?.delete(volume.name);
  }
}
