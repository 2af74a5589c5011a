import type { Monitor } from '@virtbus/qmp';

/** What became of a device that a guest was asked to let go. */
export type RemovalOutcome = 'deleted' | 'rejected' | 'overdue';

/** ACPI's answer to an eject request: what it was about (_OST, ACPI 6.3.5), and that it is under way. */
const EJECT_SOURCES: readonly number[] = [1, 3];
const EJECT_UNDER_WAY = 0x84;

/** Listens to QEMU for devices that go: those that are waited for, and those that go by themselves. */
export class Removals {
  private readonly waiting = new Map<string, (outcome: RemovalOutcome) => void>();

  constructor(monitor: Monitor, unawaited: (alias: string, outcome: 'deleted' | 'rejected') => void) {
    const settle = (alias: string | undefined, outcome: 'deleted' | 'rejected'): void => {
      // Parts of devices have no alias; the device itself is told of too.
      if (alias === undefined) return;
      const waiter = this.waiting.get(alias);
      if (waiter) waiter(outcome);
      else unawaited(alias, outcome);
    };
    monitor.on('DEVICE_DELETED', ({ data }) => settle(data.device, 'deleted'));
    monitor.on('DEVICE_UNPLUG_GUEST_ERROR', ({ data }) => settle(data.device, 'rejected'));
    monitor.on('ACPI_DEVICE_OST', ({ data: { info } }) => {
      const rejected = EJECT_SOURCES.includes(info.source) && info.status !== 0 && info.status !== EJECT_UNDER_WAY;
      if (rejected) settle(info.device, 'rejected');
    });
  }

  /** QEMU has no such device any more: whoever waits for it need not. */
  gone(alias: string): void {
    this.waiting.get(alias)?.('deleted');
  }

  /** Begins to wait before `ask` is sent, so that no answer is missed. @throws what `ask` throws */
  async after(alias: string, ask: () => Promise<unknown>, timeoutMs: number): Promise<RemovalOutcome> {
    let timer: NodeJS.Timeout | undefined;
    try {
      const outcome = new Promise<RemovalOutcome>((resolve) => {
        this.waiting.set(alias, resolve);
        timer = setTimeout(() => resolve('overdue'), timeoutMs);
      });
      await ask();
      return await outcome;
    } finally {
      clearTimeout(timer);
      this.waiting.delete(alias);
    }
  }
}
