/** Kinds of object that events are about, each with numbers of its own for its events. */
export type EventKind = 'domain' | 'network' | 'pool' | 'nodedev' | 'secret' | 'monitor';

export interface Registration {
  readonly callbackId: number;
  readonly kind: EventKind;
  /** libvirt's number of the event, within its kind. */
  readonly eventId: number;
  /** Only this object's; every one's when absent. */
  readonly object: string | undefined;
}

/** What one client wants to hear. Numbers are the server's to give, and never given twice to a client. */
export class Registrations {
  private readonly all = new Map<number, Registration>();
  private last = 0;

  add(of: Omit<Registration, 'callbackId'>): number {
    const callbackId = (this.last += 1);
    this.all.set(callbackId, { ...of, callbackId });
    return callbackId;
  }

  /** @returns whether there was one */
  remove(kind: EventKind, callbackId: number): boolean {
    return this.all.get(callbackId)?.kind === kind && this.all.delete(callbackId);
  }

  /** Whoever is to hear of an event. */
  *for(kind: EventKind, eventId: number, object: string): Generator<Registration> {
    for (const each of this.all.values()) {
      if (each.kind === kind && each.eventId === eventId && (each.object === undefined || each.object === object)) yield each;
    }
  }
}
