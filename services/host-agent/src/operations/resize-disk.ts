import { Refusal, type DiskSize } from '@virtbus/contracts';
import type { LiveGuest } from '../live-guest.js';
import { liveDefinition } from './live-definition.js';

/** As far as it is read here (qapi/block-core.json). */
interface Drive {
  readonly qdev?: string;
  readonly inserted?: { readonly 'node-name'?: string };
}

/** QEMU counts in sectors. */
const SECTOR = 512;

/** @throws Refusal invalid_argument for a disk that there is not, operation_invalid for a drive without a medium; QmpError */
export async function resizeDisk({ entry, monitor }: LiveGuest, { disk, bytes }: DiskSize): Promise<void> {
  const found = liveDefinition(entry).devices.disk.find(
    ({ target, source }) => target.dev === disk || (source !== undefined && 'file' in source && source.file === disk),
  );
  if (!found)
    throw new Refusal('invalid_argument', `invalid argument: disk '${disk}' was not found in the domain config`, { path: 'size.disk' });
  await monitor.call('block_resize', {
    'node-name': await mediumOf(monitor, found.alias?.name, disk),
    size: Math.ceil(bytes / SECTOR) * SECTOR,
  });
}

/** The node of QEMU's that a drive shows its guest. @throws Refusal operation_invalid */
export async function mediumOf(monitor: LiveGuest['monitor'], alias: string | undefined, disk: string): Promise<string> {
  const drives = (await monitor.call('query-block')) as readonly Drive[];
  const node = drives.find(({ qdev = '' }) => qdev.split('/').includes(alias ?? ''))?.inserted?.['node-name'];
  if (node === undefined) throw new Refusal('operation_invalid', `Requested operation is not valid: no medium in drive '${disk}'`);
  return node;
}
