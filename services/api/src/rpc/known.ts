import { errorDomain } from '@virtbus/libvirt-rpc';
import { secretUsageTypes, usageKey } from '@virtbus/contracts';
import type { NetworkRecord, PoolLooked, PoolRecord, PortRecord, SecretRecord, VolumeId, VolumeRecord } from '@virtbus/contracts';
import type { FleetMemory, KnownDomain, Owned } from '../fleet.memory.js';
import type { Sight } from '../sight.js';
import { invalidOperation, noDomain, noNetwork, noPool, noSecret, noVolume } from './refusals.js';

/** Makes the memory hold at least what its buckets' leaders hold now of one object. */
export interface Freshness {
  domain(reference: string): Promise<void>;
  network(reference: string): Promise<void>;
  /** By its UUID or the key of its usage. */
  secret(reference: string): Promise<void>;
  /** With what the host that answers for it has written up to a revision. */
  pool(reference: string, looked?: Partial<PoolLooked>): Promise<void>;
  volume(of: VolumeId): Promise<void>;
  port(of: Pick<PortRecord, 'networkUuid' | 'mac'>): Promise<void>;
}

/** A volume, and the pool that has it. */
export interface KnownVolume {
  readonly pool: PoolRecord;
  readonly volume: VolumeRecord;
}

const nothing = async (): Promise<void> => undefined;
/** Of memory that is written where it is read. */
export const alwaysFresh: Freshness = { domain: nothing, network: nothing, secret: nothing, pool: nothing, volume: nothing, port: nothing };

/**
 * Objects by libvirt's handles. Memory answers; only for what it does not have the bus is asked once, since another gateway may just
 * have made it.
 */
export class Known {
  constructor(
    readonly memory: FleetMemory,
    private readonly freshness: Freshness,
    private readonly sight: Sight,
  ) {}

  domains(): KnownDomain[] {
    return [...this.memory.domains()].filter((domain) => this.sight.sees('domain', domain.record));
  }

  networks(): NetworkRecord[] {
    return this.memory.networks().filter((network) => this.sight.sees('network', network));
  }

  /** Whether what happens to an object is the client's to know. */
  hears(kind: Owned, uuid: string): boolean {
    return this.sight.hears(kind, uuid);
  }

  /** @throws RemoteError no domain */
  async domain({ uuid, name }: { readonly uuid: string; readonly name?: string }): Promise<KnownDomain> {
    const found = this.seen(this.memory.domain(uuid) ?? (await this.fresh('domain', uuid, () => this.memory.domain(uuid))));
    if (!found) throw noDomain('uuid', name === undefined ? `'${uuid}'` : `'${uuid}' (${name})`);
    return found;
  }

  /** @throws RemoteError no domain */
  async domainNamed(name: string): Promise<KnownDomain> {
    const found = this.seen(this.memory.domainNamed(name) ?? (await this.fresh('domain', name, () => this.memory.domainNamed(name))));
    if (!found) throw noDomain('name', `'${name}'`);
    return found;
  }

  /** @throws RemoteError no domain */
  domainWithId(id: number): KnownDomain {
    const found = this.seen(this.memory.domainWithId(id));
    if (!found) throw noDomain('id', String(id));
    return found;
  }

  /** @throws RemoteError no network */
  async network({ uuid }: { readonly uuid: string }): Promise<NetworkRecord> {
    const found = this.memory.network(uuid) ?? (await this.fresh('network', uuid, () => this.memory.network(uuid)));
    if (!found || !this.sight.sees('network', found)) throw noNetwork('uuid', uuid);
    return found;
  }

  /** @throws RemoteError no network */
  async networkNamed(name: string): Promise<NetworkRecord> {
    const found = this.memory.networkNamed(name) ?? (await this.fresh('network', name, () => this.memory.networkNamed(name)));
    if (!found || !this.sight.sees('network', found)) throw noNetwork('name', name);
    return found;
  }

  portsOf({ uuid }: NetworkRecord): PortRecord[] {
    return this.sight.portsOf(uuid);
  }

  secrets(): SecretRecord[] {
    return this.memory.secrets().filter((secret) => this.sight.sees('secret', secret));
  }

  /** @throws RemoteError no secret */
  async secret({ uuid }: { readonly uuid: string }): Promise<SecretRecord> {
    const look = () => this.memory.secret(uuid);
    const found = look() ?? (await this.fresh('secret', uuid, look));
    if (!found || !this.sight.sees('secret', found)) throw noSecret(`no secret with matching uuid '${uuid}'`);
    return found;
  }

  /** @throws RemoteError no secret */
  async secretFor(usageType: number, usageId: string): Promise<SecretRecord> {
    const type = secretUsageTypes[usageType] ?? 'none';
    const look = () => this.secrets().find((secret) => secret.usageType === type && secret.usageId === usageId);
    const found = type === 'none' ? undefined : (look() ?? (await this.fresh('secret', usageKey(type, usageId), look)));
    if (!found) throw noSecret(`no secret with matching usage '${usageId}'`);
    return found;
  }

  pools(): PoolRecord[] {
    return this.memory.storage.pools().filter((pool) => this.sight.sees('pool', pool));
  }

  /** @throws RemoteError no pool */
  async pool({ uuid }: { readonly uuid: string }): Promise<PoolRecord> {
    const look = () => this.memory.storage.pool(uuid);
    const found = look() ?? (await this.fresh('pool', uuid, look));
    if (!found || !this.sight.sees('pool', found)) throw noPool('uuid', uuid);
    return found;
  }

  /** @throws RemoteError no pool */
  async poolNamed(name: string): Promise<PoolRecord> {
    const look = () => this.memory.storage.poolNamed(name);
    const found = look() ?? (await this.fresh('pool', name, look));
    if (!found || !this.sight.sees('pool', found)) throw noPool('name', name);
    return found;
  }

  /** @throws RemoteError no pool; operation invalid when it is not active */
  async activePool(of: { readonly uuid: string } | { readonly name: string }): Promise<PoolRecord> {
    const pool = await ('uuid' in of ? this.pool(of) : this.poolNamed(of.name));
    if (!pool.active) throw invalidOperation(`storage pool '${pool.name}' is not active`, errorDomain.storage);
    return pool;
  }

  /** As clients hold volumes: by the names of pool and volume. @throws RemoteError no pool, no volume, operation invalid */
  async volume({ pool, name }: { readonly pool: string; readonly name: string }): Promise<KnownVolume> {
    const record = await this.activePool({ name: pool });
    const volume = this.memory.storage.volume(record, name);
    if (!volume) throw noVolume('name', name);
    return { pool: record, volume };
  }

  /** Volumes of active pools go by their paths. */
  volumeAt(path: string): KnownVolume | undefined {
    const slash = path.lastIndexOf('/');
    const pool = this.pools().find((each) => each.active && each.path === path.slice(0, slash));
    const volume = pool && this.memory.storage.volume(pool, path.slice(slash + 1));
    return volume && { pool, volume };
  }

  private seen(domain: KnownDomain | undefined): KnownDomain | undefined {
    return domain && this.sight.sees('domain', domain.record) ? domain : undefined;
  }

  private async fresh<T>(
    kind: Exclude<keyof Freshness, 'volume' | 'port'>,
    reference: string,
    look: () => T | undefined,
  ): Promise<T | undefined> {
    await this.freshness[kind](reference);
    return look();
  }
}
