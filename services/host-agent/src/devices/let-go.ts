import { Refusal } from '@virtbus/contracts';
import { QmpError } from '@virtbus/qmp';
import type { DomainEntry } from '../core/domain-entry.js';
import { passing } from '../failpoints.js';
import type { Guest } from './guest.js';
import { withDone, withoutDone } from './settled.js';

/** As long as libvirt waits for a guest to let go; after that the answer is good, and the rest comes when the guest does. */
export const LET_GO_MS = 5_000;

export interface Leaving {
  readonly alias: string;
  /** The command. */
  readonly by: string;
  /** The record with the device at a stage; undefined: plugged. */
  readonly staged: (entry: DomainEntry, stage: 'unplugging' | undefined) => DomainEntry;
  /** QEMU has let it go: what else there is of it follows. */
  readonly finish: () => Promise<void>;
}

/** Asks a guest for a device. @throws Refusal operation_failed when the guest refuses; QmpError */
export async function letGo(guest: Guest, { alias, by, staged, finish }: Leaving): Promise<void> {
  const kept = (entry: DomainEntry): DomainEntry => withoutDone(staged(entry, undefined), by);
  // On record as done before QEMU is asked: from here on the device goes, whoever dies.
  await guest.announce((entry) => withDone(staged(entry, 'unplugging'), by));
  passing('detach.journalled');
  const outcome = await guest.removals
    .after(alias, () => ask(guest, alias), LET_GO_MS)
    .catch(async (error: unknown) => {
      await guest.record(kept);
      throw error;
    });
  if (outcome === 'deleted') return finish();
  if (outcome === 'overdue') return undefined;
  await guest.record(kept);
  await guest.tell({ what: 'deviceremovalfailed', alias });
  throw new Refusal('operation_failed', 'operation failed: unplug of device was rejected by the guest');
}

async function ask(guest: Guest, alias: string): Promise<void> {
  await requestRemoval(guest, alias);
  passing('detach.asked');
}

/** A guest that was asked before is not asked anew, but waited for again. @throws QmpError */
export async function requestRemoval({ monitor, removals }: Guest, alias: string): Promise<void> {
  try {
    await monitor.execute('device_del', { id: alias });
  } catch (error) {
    if (!(error instanceof QmpError)) throw error;
    if (error.class === 'DeviceNotFound') removals.gone(alias);
    else if (!/already in the process of unplug/.test(error.desc)) throw error;
  }
}
