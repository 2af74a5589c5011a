/** Limits of disks' traffic: how large they may be, and that disks of one group have the same. */
import type { DiskDef } from '../devices/disk.js';
import type { DomainDef } from '../domain/domain.js';
import { bannedFor, unsupported, type Ban, type Rule } from './rule.js';

type Limits = NonNullable<DiskDef['iotune']>;

/** What QEMU's counters hold. */
const MOST = 1_000_000_000_000_000;

/** The settings of a disk without the name of its group. */
export const limitsOf = ({ iotune }: DiskDef): readonly (readonly [string, number])[] =>
  Object.entries(iotune ?? {}).flatMap(([name, value]) => (typeof value === 'number' ? [[name, value] as const] : []));

const tooLarge: readonly Ban<DiskDef>[] = [
  {
    at: 'iotune',
    code: 'ARGUMENT_UNSUPPORTED',
    when: (disk) => limitsOf(disk).some(([, value]) => value > MOST),
    words: `block I/O throttle limit must be no more than ${MOST} using QEMU`,
  },
  {
    at: 'iotune/group_name',
    when: (disk) => disk.iotune?.groupName !== undefined && limitsOf(disk).length === 0,
    words: 'group_name can be configured only together with settings',
  },
];

const sameInGroup: Rule = ({ devices }: DomainDef) => {
  const firsts = new Map<string, DiskDef>();
  for (const [index, disk] of devices.disk.entries()) {
    const group = disk.iotune?.groupName;
    if (group === undefined) continue;
    const first = firsts.get(group) ?? disk;
    firsts.set(group, first);
    if (asText(first.iotune) === asText(disk.iotune)) continue;
    const words = `different iotunes for disks ${first.target.dev} and ${disk.target.dev}`;
    return unsupported(`devices/disk[${index + 1}]/iotune`, words);
  }
  return undefined;
};

const asText = (limits: Limits | undefined): string =>
  JSON.stringify(Object.entries(limits ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)));

export const tuningRules: readonly Rule[] = [bannedFor('disk', tooLarge), sameInGroup];
