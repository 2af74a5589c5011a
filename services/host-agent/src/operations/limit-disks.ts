import type { Device } from '@virtbus/libvirt-xml';
import type { Monitor } from '@virtbus/qmp';

type Disk = Device<'disk'>;
type Limits = NonNullable<Disk['iotune']>;

/** What QEMU must be told each time, and what only where it is said (qapi/block-core.json BlockIOThrottle). */
const always = {
  bps: 'totalBytesSec',
  bps_rd: 'readBytesSec',
  bps_wr: 'writeBytesSec',
  iops: 'totalIopsSec',
  iops_rd: 'readIopsSec',
  iops_wr: 'writeIopsSec',
} as const satisfies Record<string, keyof Limits>;
const sometimes = {
  bps_max: 'totalBytesSecMax',
  bps_rd_max: 'readBytesSecMax',
  bps_wr_max: 'writeBytesSecMax',
  iops_max: 'totalIopsSecMax',
  iops_rd_max: 'readIopsSecMax',
  iops_wr_max: 'writeIopsSecMax',
  iops_size: 'sizeIopsSec',
  bps_max_length: 'totalBytesSecMaxLength',
  bps_rd_max_length: 'readBytesSecMaxLength',
  bps_wr_max_length: 'writeBytesSecMaxLength',
  iops_max_length: 'totalIopsSecMaxLength',
  iops_rd_max_length: 'readIopsSecMaxLength',
  iops_wr_max_length: 'writeIopsSecMaxLength',
  group: 'groupName',
} as const satisfies Record<string, keyof Limits>;

/** As far as it is read here (qapi/block-core.json BlockInfo). */
interface Drive {
  readonly qdev?: string;
  readonly inserted?: object;
}

/** @returns the path by which QEMU knows a drive that has a medium; without one there is nothing to be limited */
async function drivesOf(monitor: Monitor): Promise<(alias: string) => string | undefined> {
  const drives = ((await monitor.execute('query-block')) as readonly Drive[]).filter(({ inserted }) => inserted !== undefined);
  return (alias) => drives.find(({ qdev = '' }) => qdev.split('/').includes(alias))?.qdev;
}

/** Has each disk carry no more than its `<iotune>` says. May be repeated. @throws QmpError */
export async function limitDisks(monitor: Monitor, disks: readonly Disk[]): Promise<void> {
  const limited = disks.filter(({ iotune }) => iotune !== undefined);
  if (limited.length === 0) return;
  const pathOf = await drivesOf(monitor);
  for (const { alias, iotune = {} } of limited) {
    const id = pathOf(alias?.name ?? '');
    if (id !== undefined) await monitor.execute('block_set_io_throttle', { id, ...throttleOf(iotune) });
  }
}

function throttleOf(limits: Limits): Readonly<Record<string, number | string>> {
  const rates = Object.entries(always).map(([word, name]) => [word, limits[name] ?? 0] as const);
  const more = Object.entries(sometimes).flatMap(([word, name]) => {
    const value = limits[name];
    return value === undefined || value === 0 ? [] : [[word, value] as const];
  });
  return Object.fromEntries([...rates, ...more]);
}
