import type { DiskTuning } from '@virtbus/contracts';
import { formatDomain, withTunedDisk } from '@virtbus/libvirt-xml';
import type { LiveGuest } from '../live-guest.js';
import { limitDisks } from './limit-disks.js';
import { liveDefinition } from './live-definition.js';

/**
 * Changes what a running guest's disk may carry: QEMU knows first, then it is on record. The same again changes nothing.
 * @throws LibvirtError 8 for a disk that there is not, 67; QmpError
 */
export async function tuneDisk(guest: LiveGuest, { disk, limits }: DiskTuning): Promise<void> {
  const before = liveDefinition(guest.entry);
  const after = withTunedDisk(before, disk, { limits, missing: `disk '${disk}' not found in domain` });
  const changed = after.devices.disk.filter((each) => !before.devices.disk.includes(each));
  await limitDisks(
    guest.monitor,
    changed.map((each) => ({ ...each, iotune: each.iotune ?? {} })),
  );
  await guest.amend((entry) => ({ ...entry, xml: formatDomain(after, { flavour: 'live' }) }));
}
