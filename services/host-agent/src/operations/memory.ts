import { Refusal } from '@virtbus/contracts';

import { QmpError } from '@virtbus/qmp';
import type { LiveGuest } from '../live-guest.js';
import { liveDefinition } from './live-definition.js';

const KIB = 1024;

/**
 * Asks the balloon for what the guest does not need. The guest follows in its own time, and QEMU tells how far it has come.
 * @throws Refusal invalid_argument, operation_invalid
 */
export async function setMemory({ entry, monitor }: LiveGuest, memoryKiB: number): Promise<void> {
  const mostKiB = liveDefinition(entry).memory?.value ?? 0;
  if (memoryKiB > mostKiB) throw new Refusal('invalid_argument', 'invalid argument: cannot set memory higher than max memory');
  try {
    await monitor.execute('balloon', { value: memoryKiB * KIB });
  } catch (thrown) {
    if (!(thrown instanceof QmpError) || (thrown.class !== 'DeviceNotActive' && thrown.class !== 'KVMMissingCap')) throw thrown;
    const words = 'Unable to change memory of active domain without the balloon device and guest OS balloon driver';
    throw new Refusal('operation_invalid', `Requested operation is not valid: ${words}`, { cause: thrown });
  }
}
