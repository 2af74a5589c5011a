import * as contracts from '@virtbus/contracts';
import { Refusal, type HostVolume, type PoolRecord, type VolumeId } from '@virtbus/contracts';
import { parseStorageVolume } from '@virtbus/libvirt-xml';
import { refuseVolumeName } from '../core/object-name.js';
import { readingXml } from '../core/xml-refusal.js';
import { hostPoolOf, type PoolHosts } from './pool-hosts.js';
import type { PoolRunner } from './pool.runner.js';

const STORAGE = 18;

const hostVolumeOf = (pool: PoolRecord, volume: string): HostVolume => ({ ...hostPoolOf(pool), volume });

/** Volumes: each order goes to the host that answers for the pool. */
export class VolumeRunner {
  constructor(
    private readonly pools: Pick<PoolRunner, 'active'>,
    private readonly hosts: Pick<PoolHosts, 'ask'>,
  ) {}

  /** @throws Refusal no_pool, operation_invalid, xml_error and its kin, volume_exists, no_volume, and what the host refuses */
  async create({ pool, xml, from, preallocate }: contracts.CreateVolume): Promise<VolumeId> {
    const record = await this.pools.active(pool);
    const { name } = readingXml(() => parseStorageVolume(xml));
    refuseVolumeName(name);
    if (name === '.' || name === '..')
      throw new Refusal(
        'operation_invalid',
        `Requested operation is not valid: volume target path '${record.path}/${name}' already exists`,
        {
          domain: STORAGE,
        },
      );
    const source = from && hostVolumeOf(await this.pools.active(from.pool), from.volume);
    const order = { ...hostPoolOf(record), xml, ...(source && { from: source }), ...(preallocate && { preallocate }) };
    const { hostId } = await this.hosts.ask(record, contracts.makeHostVolume, order);
    return { pool: record.uuid, name, hostId };
  }

  async delete({ pool, volume }: contracts.VolumeRef): Promise<VolumeId> {
    return this.onHost(pool, volume, (of) => ({ contract: contracts.removeHostVolume, payload: of }));
  }

  async resize({ pool, volume, ...how }: contracts.ResizeVolume): Promise<VolumeId> {
    return this.onHost(pool, volume, (of) => ({ contract: contracts.resizeHostVolume, payload: { ...of, ...how } }));
  }

  async wipe({ pool, volume }: contracts.VolumeRef): Promise<VolumeId> {
    return this.onHost(pool, volume, (of) => ({ contract: contracts.wipeHostVolume, payload: of }));
  }

  private async onHost(
    pool: string,
    volume: string,
    order: (of: HostVolume) => { readonly contract: contracts.RequestContract; readonly payload: object },
  ): Promise<VolumeId> {
    const record = await this.pools.active(pool);
    const { contract, payload } = order(hostVolumeOf(record, volume));
    const { hostId } = await this.hosts.ask(record, contract, payload);
    return { pool: record.uuid, name: volume, hostId };
  }
}
