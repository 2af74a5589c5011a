import type { DiskDef } from '../devices/disk.js';
import type { DomainDef } from '../domain/domain.js';
import { LibvirtError } from '../errors/libvirt-error.js';

/** What a disk may carry. */
export type DiskLimits = NonNullable<DiskDef['iotune']>;
type Limit = Exclude<keyof DiskLimits, 'groupName'>;

/** Limits that are said together: one that is left out beside another of its kind is lifted. */
const kinds = [
  { of: 'bytes_sec', total: 'totalBytesSec', apart: ['readBytesSec', 'writeBytesSec'] },
  { of: 'iops_sec', total: 'totalIopsSec', apart: ['readIopsSec', 'writeIopsSec'] },
  { of: 'bytes_sec_max', total: 'totalBytesSecMax', apart: ['readBytesSecMax', 'writeBytesSecMax'] },
  { of: 'iops_sec_max', total: 'totalIopsSecMax', apart: ['readIopsSecMax', 'writeIopsSecMax'] },
] as const;

/** A burst is no less than what is carried all the time. */
const bursts = [
  ['totalBytesSec', 'totalBytesSecMax', 'total_bytes_sec'],
  ['readBytesSec', 'readBytesSecMax', 'read_bytes_sec'],
  ['writeBytesSec', 'writeBytesSecMax', 'write_bytes_sec'],
  ['totalIopsSec', 'totalIopsSecMax', 'total_iops_sec'],
  ['readIopsSec', 'readIopsSecMax', 'read_iops_sec'],
  ['writeIopsSec', 'writeIopsSecMax', 'write_iops_sec'],
] as const satisfies readonly (readonly [Limit, Limit, string])[];

/** Whether it has this name in the guest, or this image. */
export const isNamedDisk = ({ target, source }: DiskDef, name: string): boolean =>
  target.dev === name || (source !== undefined && 'file' in source && source.file === name);

/**
 * The same domain with other limits of a disk, and of those that share them by the name of a group.
 * @param missing what is said of a disk that there is not
 * @throws LibvirtError 8, 67
 */
export function withTunedDisk(
  domain: DomainDef,
  name: string,
  { limits, missing }: { readonly limits: DiskLimits; readonly missing: string },
) {
  const { disk: disks } = domain.devices;
  const tuned = disks.find((disk) => isNamedDisk(disk, name));
  refuseBoth(limits);
  if (!tuned) throw new LibvirtError('INVALID_ARG', missing, { domain: 10 });
  const after = tunedLimits(tuned.iotune ?? {}, limits);
  const shares = ({ iotune }: DiskDef): boolean => after?.groupName !== undefined && iotune?.groupName === after.groupName;
  return {
    ...domain,
    devices: { ...domain.devices, disk: disks.map((disk) => (disk === tuned || shares(disk) ? limited(disk, after) : disk)) },
  };
}

function limited(given: DiskDef, limits: DiskLimits | undefined): DiskDef {
  const { iotune: _, ...disk } = given;
  return limits ? { ...disk, iotune: limits } : disk;
}

function refuseBoth(limits: DiskLimits): void {
  const both = kinds.find(({ total, apart }) => (limits[total] ?? 0) > 0 && apart.some((each) => (limits[each] ?? 0) > 0));
  if (both) throw new LibvirtError('INVALID_ARG', `total and read/write of ${both.of} cannot be set at the same time`, { domain: 10 });
}

/** @returns undefined when nothing is limited any more */
function tunedLimits(before: DiskLimits, said: DiskLimits): DiskLimits | undefined {
  const renewed = kinds.filter(({ total, apart }) => [total, ...apart].some((each) => said[each] !== undefined));
  const lifted = new Set<string>(renewed.flatMap(({ total, apart }) => [total, ...apart]));
  const kept = Object.entries(before).filter(([name]) => !lifted.has(name));
  const all = Object.entries({ ...Object.fromEntries(kept), ...said }).filter(([, value]) => value !== 0 && value !== '');
  const after = Object.fromEntries(all) as DiskLimits;
  refuseSmallBurst(after);
  if (all.some(([, value]) => typeof value === 'number')) return after;
  if (said.groupName === undefined) return undefined;
  const words = 'creating a new group/updating existing with all tune parameters zero is not supported';
  throw new LibvirtError('CONFIG_UNSUPPORTED', words, { domain: 10 });
}

function refuseSmallBurst(limits: DiskLimits): void {
  const small = bursts.find(([rate, burst]) => (limits[burst] ?? Number.POSITIVE_INFINITY) < (limits[rate] ?? 0));
  if (!small) return;
  throw new LibvirtError('CONFIG_UNSUPPORTED', `value '${small[2]}_max' cannot be smaller than '${small[2]}'`, { domain: 10 });
}
