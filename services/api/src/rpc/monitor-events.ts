import type { MonitorHappening } from '@virtbus/contracts';
import { programs, qemuEvents } from '@virtbus/libvirt-rpc';
import type { Subscription } from '@virtbus/messaging';
import type { FleetMemory } from '../fleet.memory.js';
import type { Session } from './session.js';

/** One of a client's registrations. */
export interface MonitorWatch {
  readonly session: Session;
  readonly callbackId: number;
  /** The domain's UUID; every domain's events when it is absent. */
  readonly object: string | undefined;
  readonly matches: (name: string) => boolean;
}

/** What a host says of a guest. */
export interface MonitorSaid {
  readonly hostId: string;
  readonly happening: MonitorHappening;
}

export type ListenToMonitors = (uuid: string | undefined, listener: (said: MonitorSaid) => void) => Subscription;

/** What clients are told when events of a guest were too many to be passed on. QEMU has no event of this name. */
const MISSED = 'VIRTBUS_EVENTS_MISSED';

interface Line {
  readonly watches: Set<MonitorWatch>;
  readonly subscription: Subscription;
}

/** What QEMU's monitors say, for the clients that asked for it. Hosts are listened to only as long as there are any. */
export class MonitorEvents {
  /** By the domain that is listened to; all of them under the empty name. */
  private readonly lines = new Map<string, Line>();

  constructor(
    private readonly memory: FleetMemory,
    private readonly listen: ListenToMonitors,
  ) {}

  /** Resolves once nothing that is said from now on is missed. @returns what ends it */
  async add(watch: MonitorWatch): Promise<() => void> {
    const key = watch.object ?? '';
    const line = this.lines.get(key) ?? this.open(key, watch.object);
    line.watches.add(watch);
    const end = (): void => {
      line.watches.delete(watch);
      if (line.watches.size > 0 || this.lines.get(key) !== line) return;
      this.lines.delete(key);
      void line.subscription.close();
    };
    await line.subscription.ready;
    return end;
  }

  private open(key: string, uuid: string | undefined): Line {
    const watches = new Set<MonitorWatch>();
    const line = { watches, subscription: this.listen(uuid, (said) => this.tell(watches, said)) };
    this.lines.set(key, line);
    return line;
  }

  /** A host is believed about the guests that run on it, no others. */
  private tell(watches: ReadonlySet<MonitorWatch>, { hostId, happening }: MonitorSaid): void {
    const { uuid, name, seconds, microseconds: micros, event, details, missed } = happening;
    const domain = this.memory.domain(uuid);
    if (domain?.hostId !== hostId) return;
    const common = { dom: { name, uuid, id: domain.id }, seconds: BigInt(seconds), micros };
    for (const { session, callbackId: callbackID, matches } of watches) {
      if (!session.known.hears('domain', uuid)) continue;
      const send = (said: string, words: string | undefined): void =>
        session.client.send(qemuEvents.domain_monitor_event, { ...common, callbackID, event: said, details: words }, programs.qemu);
      if (missed !== undefined) send(MISSED, JSON.stringify({ events: missed }));
      if (matches(event)) send(event, details);
    }
  }
}
