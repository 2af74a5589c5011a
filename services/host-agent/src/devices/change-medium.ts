import { isDeepStrictEqual } from 'node:util';
import { LibvirtError, parseDevice, placeOf, type Device } from '@virtbus/libvirt-xml';
import { hotplugMedium, type HotplugStep } from '@virtbus/qemu-argv';
import { QmpError, type Monitor } from '@virtbus/qmp';
import { Refusal } from '@virtbus/contracts';
import { limitDisks } from '../operations/limit-disks.js';
import { liveDefinition } from '../operations/live-definition.js';
import { freeNode, sweepNodes } from './block-nodes.js';
import type { Guest } from './guest.js';
import { argvHostOf } from './plain-device.js';
import { withDevice } from './plain-record.js';
import { withDone } from './settled.js';

type Disk = Device<'disk'>;

/** As long as a guest may take to let its drive be opened. */
const TRAY_MS = 5_000;

/**
 * Another medium for a drive, or none.
 * @throws LibvirtError 67 for a drive whose medium cannot be taken out; Refusal operation_failed when the guest holds the drive shut; QmpError
 */
export async function changeMedium(guest: Guest, xml: string, by: string): Promise<void> {
  const { before, after } = changeOf(guest, parseDevice('disk', xml));
  const alias = before.alias?.name ?? '';
  const { monitor } = guest;
  if (!isDeepStrictEqual(before.source, after.source)) {
    const steps = await stepsOf(guest, after, alias);
    try {
      // Opened before the drive is: what cannot be opened leaves what is in it.
      for (const step of steps) await monitor.call(step.command, Object.fromEntries(step.arguments));
      await openTray(monitor, alias);
      await monitor.call('blockdev-remove-medium', { id: alias });
      const node = steps.at(-1)?.arguments.get('node-name');
      if (node !== undefined) await monitor.call('blockdev-insert-medium', { id: alias, 'node-name': node });
      await monitor.call('blockdev-close-tray', { id: alias });
      await limitDisks(monitor, [after]);
    } finally {
      await sweepNodes(monitor);
    }
  }
  await guest.record((entry) => withDone(withDevice(entry, 'disk', after), by));
  await guest.tell();
}

function changeOf({ entry }: Guest, given: Disk): { readonly before: Disk; readonly after: Disk } {
  const { devices } = liveDefinition(entry);
  const before = devices.disk[placeOf('disk', devices, given)];
  if (!before) throw new LibvirtError('INTERNAL_ERROR', `disk '${given.target.dev}' not found`);
  const after = { ...given, target: before.target, alias: before.alias, address: before.address } as Disk;
  if (before.device !== 'cdrom' && before.device !== 'floppy' && !isDeepStrictEqual(before.source, after.source)) {
    throw new LibvirtError('CONFIG_UNSUPPORTED', 'disk source can be changed only in removable drives');
  }
  return { before, after };
}

async function stepsOf(guest: Guest, after: Disk, alias: string): Promise<readonly HotplugStep[]> {
  const live = liveDefinition(guest.entry);
  const disk = live.devices.disk.map((one) => (one.alias?.name === alias ? after : one));
  return hotplugMedium(
    { ...live, devices: { ...live.devices, disk } },
    await argvHostOf(guest, [after]),
    alias,
    await freeNode(guest.monitor),
  );
}

/** A guest that has locked its drive is asked for it by QEMU, and opens it or not. */
async function openTray(monitor: Monitor, alias: string): Promise<void> {
  let opened: () => void = () => undefined;
  const moved = new Promise<boolean>((resolve) => (opened = () => resolve(true)));
  const forget = monitor.onEvent(({ event, data }) => void (event === 'DEVICE_TRAY_MOVED' && data?.['id'] === alias && opened()));
  let timer: NodeJS.Timeout | undefined;
  try {
    await monitor.call('blockdev-open-tray', { id: alias });
  } catch (thrown) {
    if (!(thrown instanceof QmpError) || !/locked/.test(thrown.desc)) throw thrown;
    const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), TRAY_MS)));
    if (!(await Promise.race([moved, late])))
      throw new Refusal('operation_failed', `operation failed: the guest keeps the tray of drive '${alias}' shut`);
  } finally {
    clearTimeout(timer);
    forget();
  }
}
