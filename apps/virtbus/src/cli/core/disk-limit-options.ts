import type { DiskLimits } from '@virtbus/contracts';

interface LimitOption {
  readonly limit: keyof DiskLimits;
  /** How its value is written: with a unit of bytes, as a number, or as a word. */
  readonly kind: 'size' | 'count' | 'word';
  readonly about: string;
}

/** virsh's options of `blkdeviotune`, in its order, which is also that in which the limits are shown. */
export const diskLimitOptions: Readonly<Record<string, LimitOption>> = {
  'total-bytes-sec': { limit: 'totalBytesSec', kind: 'size', about: 'total throughput limit, as scaled integer (default bytes)' },
  'read-bytes-sec': { limit: 'readBytesSec', kind: 'size', about: 'read throughput limit, as scaled integer (default bytes)' },
  'write-bytes-sec': { limit: 'writeBytesSec', kind: 'size', about: 'write throughput limit, as scaled integer (default bytes)' },
  'total-iops-sec': { limit: 'totalIopsSec', kind: 'count', about: 'total I/O operations limit per second' },
  'read-iops-sec': { limit: 'readIopsSec', kind: 'count', about: 'read I/O operations limit per second' },
  'write-iops-sec': { limit: 'writeIopsSec', kind: 'count', about: 'write I/O operations limit per second' },
  'total-bytes-sec-max': { limit: 'totalBytesSecMax', kind: 'size', about: 'total max, as scaled integer (default bytes)' },
  'read-bytes-sec-max': { limit: 'readBytesSecMax', kind: 'size', about: 'read max, as scaled integer (default bytes)' },
  'write-bytes-sec-max': { limit: 'writeBytesSecMax', kind: 'size', about: 'write max, as scaled integer (default bytes)' },
  'total-iops-sec-max': { limit: 'totalIopsSecMax', kind: 'count', about: 'total I/O operations max' },
  'read-iops-sec-max': { limit: 'readIopsSecMax', kind: 'count', about: 'read I/O operations max' },
  'write-iops-sec-max': { limit: 'writeIopsSecMax', kind: 'count', about: 'write I/O operations max' },
  'size-iops-sec': { limit: 'sizeIopsSec', kind: 'count', about: 'I/O size in bytes' },
  'group-name': { limit: 'groupName', kind: 'word', about: 'group name to share I/O quota between multiple drives' },
  'total-bytes-sec-max-length': { limit: 'totalBytesSecMaxLength', kind: 'count', about: 'duration in seconds to allow total max bytes' },
  'read-bytes-sec-max-length': { limit: 'readBytesSecMaxLength', kind: 'count', about: 'duration in seconds to allow read max bytes' },
  'write-bytes-sec-max-length': { limit: 'writeBytesSecMaxLength', kind: 'count', about: 'duration in seconds to allow write max bytes' },
  'total-iops-sec-max-length': {
    limit: 'totalIopsSecMaxLength',
    kind: 'count',
    about: 'duration in seconds to allow total I/O operations max',
  },
  'read-iops-sec-max-length': {
    limit: 'readIopsSecMaxLength',
    kind: 'count',
    about: 'duration in seconds to allow read I/O operations max',
  },
  'write-iops-sec-max-length': {
    limit: 'writeIopsSecMaxLength',
    kind: 'count',
    about: 'duration in seconds to allow write I/O operations max',
  },
};

/** To which virsh fills names up. */
const WIDTH = 15;

/** Name and value of every limit, as virsh shows them. */
export const limitLines = (limits: DiskLimits): string[] =>
  Object.entries(diskLimitOptions).map(
    ([option, { limit, kind }]) => `${option.replaceAll('-', '_').padEnd(WIDTH)}: ${limits[limit] ?? (kind === 'word' ? '' : 0)}`,
  );
