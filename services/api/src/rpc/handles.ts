import type { NetworkRecord, PoolRecord } from '@virtbus/contracts';
import type { values, ValueOf } from '@virtbus/libvirt-rpc';
import type { KnownDomain } from '../fleet.memory.js';
import type { KnownVolume } from './known.js';

/** Objects as libvirt's clients hold them: by value. */
export type DomainHandle = ValueOf<typeof values.domain>;
export type NetworkHandle = ValueOf<typeof values.network>;

export const domainHandle = ({ record, id }: KnownDomain): DomainHandle => ({ name: record.name, uuid: record.uuid, id });
export const networkHandle = ({ name, uuid }: NetworkRecord): NetworkHandle => ({ name, uuid });

/** A reply to "all of these": the objects, or only their number. */
export const listed = <T>(all: readonly T[], wanted: number): { readonly list: readonly T[]; readonly ret: number } => ({
  list: wanted === 0 ? [] : all,
  ret: all.length,
});

export type PoolHandle = ValueOf<typeof values.storagePool>;
export type VolumeHandle = ValueOf<typeof values.storageVol>;
export const poolHandle = ({ name, uuid }: PoolRecord): PoolHandle => ({ name, uuid });
/** A volume's key is its path. */
export const volumeHandle = ({ pool, volume: { name } }: KnownVolume): VolumeHandle => ({
  pool: pool.name,
  name,
  key: `${pool.path}/${name}`,
});
