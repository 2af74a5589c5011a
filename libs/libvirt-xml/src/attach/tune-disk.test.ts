import { describe, expect, test } from 'vitest';
import { parseDomain } from '../index.js';
import { isNamedDisk, withTunedDisk, type DiskLimits } from './tune-disk.js';

const disk = (name: string, iotune: string): string =>
  `<disk type='file'><source file='/images/${name}.img'/><target dev='${name}' bus='virtio'/>${iotune && `<iotune>${iotune}</iotune>`}</disk>`;
const domainOf = (...iotunes: string[]) =>
  parseDomain(
    `<domain type='kvm'><name>a</name><memory>1</memory><os><type>hvm</type></os><devices>${iotunes.map((each, at) => disk(`vd${'abc'[at]}`, each)).join('')}</devices></domain>`,
  );
const tuned = (domain: ReturnType<typeof domainOf>, name: string, limits: DiskLimits) =>
  withTunedDisk(domain, name, { limits, missing: `no ${name}` }).devices.disk.map(({ iotune }) => iotune);

/** Compared with libvirtd 9.0, which was asked the same by virsh. */
describe('limits of a disk', () => {
  const before = '<total_bytes_sec>1000000</total_bytes_sec><read_iops_sec>100</read_iops_sec>';
  const was = { totalBytesSec: 1_000_000, readIopsSec: 100 };
  test.each<[string, DiskLimits, DiskLimits | undefined]>([
    ['one of another kind stays', { totalBytesSec: 5_000_000 }, { ...was, totalBytesSec: 5_000_000 }],
    ['the others of a kind are lifted', { readBytesSec: 1 }, { readBytesSec: 1, readIopsSec: 100 }],
    [
      'so are those of operations',
      { writeIopsSec: 50, writeIopsSecMax: 70 },
      { totalBytesSec: 1_000_000, writeIopsSec: 50, writeIopsSecMax: 70 },
    ],
    [
      'a burst',
      { totalBytesSecMax: 9_000_000, totalBytesSecMaxLength: 4 },
      { ...was, totalBytesSecMax: 9_000_000, totalBytesSecMaxLength: 4 },
    ],
    ['zero lifts', { totalBytesSec: 0 }, { readIopsSec: 100 }],
    ['all zeros leave nothing', { totalBytesSec: 0, totalIopsSec: 0 }, undefined],
    ['a group', { groupName: 'g' }, { ...was, groupName: 'g' }],
    ['nothing', {}, was],
  ])('%s', (_, limits, expected) => expect(tuned(domainOf(before), 'vda', limits)).toEqual([expected]));

  test('a disk is known by its image, too', () => {
    const [first] = domainOf('').devices.disk;
    expect(['vda', '/images/vda.img', 'vdb'].map((name) => isNamedDisk(first!, name))).toEqual([true, true, false]);
    expect(tuned(domainOf(''), '/images/vda.img', { totalIopsSec: 1 })).toEqual([{ totalIopsSec: 1 }]);
  });

  test('disks of a group have the same, others what they had', () => {
    const grouped = '<total_iops_sec>7</total_iops_sec><group_name>g</group_name>';
    const now = { totalIopsSec: 8, groupName: 'g' };
    expect(tuned(domainOf(grouped, before, grouped), 'vda', { totalIopsSec: 8 })).toEqual([now, was, now]);
  });

  test('what had a group and has no limit any more has neither', () =>
    expect(tuned(domainOf('<total_iops_sec>7</total_iops_sec><group_name>g</group_name>'), 'vda', { totalIopsSec: 0 })).toEqual([
      undefined,
    ]));

  const smaller = "value 'total_bytes_sec_max' cannot be smaller than 'total_bytes_sec'";
  const grouping = 'creating a new group/updating existing with all tune parameters zero is not supported';
  test.each<[string, string, DiskLimits, string]>([
    ['a disk that there is not', 'vdz', { totalIopsSec: 1 }, 'invalid argument: no vdz'],
    [
      'in all and apart',
      'vda',
      { totalBytesSec: 5, readBytesSec: 5 },
      'invalid argument: total and read/write of bytes_sec cannot be set at the same time',
    ],
    ['a burst below the rate', 'vda', { totalBytesSecMax: 100 }, `unsupported configuration: ${smaller}`],
    ['a group of nothing', 'vda', { totalBytesSec: 0, readIopsSec: 0, groupName: 'g' }, `unsupported configuration: ${grouping}`],
  ])('are refused: %s', (_, name, limits, words) => expect(() => tuned(domainOf(before), name, limits)).toThrow(words));
});
