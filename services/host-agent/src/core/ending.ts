/** How a guest's end is called: libvirt's reasons and event details (public API numbers aside). */
import type { QemuEnd } from '../qemu/qemu.js';

export interface Ending {
  /** Of the state shutoff. */
  readonly reason: 'shutdown' | 'destroyed' | 'crashed' | 'failed';
  /** Of the event stopped. */
  readonly detail: 'shutdown' | 'destroyed' | 'failed';
  /** Of the event shutdown that precedes it; absent when none does. */
  readonly shutdown?: 'guest' | 'host';
}

/** A process that ended without announcing it has crashed; one that was destroyed says so whatever it announced. */
export function endingOf({ destroyed, shutdown }: Pick<QemuEnd, 'destroyed' | 'shutdown'>): Ending {
  if (destroyed) return { reason: 'destroyed', detail: 'destroyed', shutdown: 'host' };
  if (!shutdown) return { reason: 'crashed', detail: 'failed' };
  return { reason: 'shutdown', detail: 'shutdown', shutdown: shutdown.guest ? 'guest' : 'host' };
}
