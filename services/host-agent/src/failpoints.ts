import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Places between two side effects at which tests let this process die, to see that the next one finds what is left.
 * `VIRTBUS_FAILPOINT` names a file in the state directory, and what is in that file is the armed one. The file goes with the process that
 * dies there: its successor lives. Without the variable passing one costs a comparison.
 */
export const failpoints = [
  'start.allocated',
  'start.reserved',
  'start.journalled',
  'plug.made',
  'plug.dressed',
  'start.launched',
  'start.activated',
  'start.running',
  'start.told',
  'attach.allocated',
  'attach.reserved',
  'attach.journalled',
  'attach.descriptors_sent',
  'attach.netdev_added',
  'attach.device_added',
  'attach.activated',
  'attach.recorded',
  'detach.journalled',
  'detach.asked',
  'detach.deleted',
  'detach.deactivated',
  'detach.netdev_deleted',
  'unplug.undressed',
  'unplug.removed',
  'detach.released',
  'detach.recorded',
  'stop.ended',
  'stop.journalled',
  'stop.unplugged',
  'stop.released',
  'stop.told',
  'bind.journalled',
  'bind.filtered',
  'bind.told',
  'unbind.journalled',
  'unbind.unfiltered',
  'unbind.told',
] as const;

export type Failpoint = (typeof failpoints)[number];

const file = process.env['VIRTBUS_FAILPOINT'];

/** Dies here without a word, as a process does whose machine is out of memory, when this point is armed. */
export function passing(name: Failpoint): void {
  if (file === undefined) return;
  const path = join(process.env['VIRTBUS_STATE_DIR'] ?? '', file);
  if (armedIn(path) !== name) return;
  rmSync(path);
  process.kill(process.pid, 'SIGKILL');
}

function armedIn(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
