import { Refusal, type BlockThreshold } from '@virtbus/contracts';
import type { LiveGuest } from '../live-guest.js';
import { liveDefinition } from './live-definition.js';
import { mediumOf } from './resize-disk.js';

/**
 * QEMU watches the file of an image, not what is in it: the host is to learn that a file grows. `vda[0]` is the image itself, what lies
 * below it is not written to.
 * @throws Refusal invalid_argument for a disk that there is not, operation_invalid for a drive without a medium; QmpError
 */
export async function setBlockThreshold({ entry, monitor }: LiveGuest, { disk, bytes }: BlockThreshold): Promise<void> {
  const name = disk.replace(/\[0\]$/, '');
  const found = liveDefinition(entry).devices.disk.find(({ target }) => target.dev === name);
  if (!found) throw new Refusal('invalid_argument', `invalid argument: failed to find disk '${disk}'`, { path: 'threshold.disk' });
  const node = await mediumOf(monitor, found.alias?.name, disk);
  await monitor.call('block-set-write-threshold', { 'node-name': node.replace(/-format$/, '-storage'), 'write-threshold': bytes });
}
