import { defined, MAX_MONITOR_DETAILS, MAX_MONITOR_EVENT_NAME, monitorEvent, type MonitorHappening } from '@virtbus/contracts';
import type { Bus } from '@virtbus/messaging';
import type { QmpEvent } from '@virtbus/qmp';
import { canSpend, fullPurse, refilled, spent, type Allowance, type Purse } from '../core/allowance.js';
import type { LiveGuest } from '../live-guest.js';

/** A guest can make its QEMU tell as much as it likes: what goes over this never leaves the host. */
const ofGuest: Allowance = { perSecond: 20, burst: 200 };
const ofHost: Allowance = { perSecond: 100, burst: 1_000 };

/**
 * Passes on what the monitors of the guests say, as it was said, to whoever listens now (docs/adr/0036). Nobody is asked whether anybody
 * does: the nearest server drops what nobody has subscribed to.
 */
export class MonitorTeller {
  private host: Purse;

  constructor(
    private readonly bus: Pick<Bus, 'signal'>,
    private readonly hostId: string,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.host = fullPurse(ofHost, nowMs());
  }

  watch(guest: LiveGuest): void {
    let own = fullPurse(ofGuest, this.nowMs());
    let missed = 0;
    guest.monitor.onEvent((event) => {
      const nowMs = this.nowMs();
      own = refilled(ofGuest, own, nowMs);
      this.host = refilled(ofHost, this.host, nowMs);
      if (!canSpend(own) || !canSpend(this.host)) return void (missed += 1);
      own = spent(own);
      this.host = spent(this.host);
      this.tell(guest, event, missed);
      missed = 0;
    });
  }

  private tell({ entry: { uuid, name } }: LiveGuest, event: QmpEvent, missed: number): void {
    const happening = { uuid, name, ...told(event), ...(missed > 0 ? { missed } : {}) };
    this.bus.signal(monitorEvent, happening, { tokens: { hostId: this.hostId, uuid } });
  }
}

/** QEMU says -1 when it has no clock. */
function told({ event, data, timestamp }: QmpEvent): Omit<MonitorHappening, 'uuid' | 'name' | 'missed'> {
  const text = Object.keys(data).length > 0 ? JSON.stringify(data) : undefined;
  const { seconds, microseconds } = timestamp;
  return {
    event: event.slice(0, MAX_MONITOR_EVENT_NAME),
    seconds: Math.trunc(seconds),
    microseconds: Math.max(0, Math.trunc(microseconds)),
    ...defined({ details: text !== undefined && text.length <= MAX_MONITOR_DETAILS ? text : undefined }),
  };
}
