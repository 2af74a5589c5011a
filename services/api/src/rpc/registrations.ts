import { errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';

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

/** Every kind of event of a thousand domains, each asked for by itself; who wants all of a kind registers once. */
export const MAX_REGISTRATIONS = 32_768;

const placeOf = ({ kind, eventId, object }: Omit<Registration, 'callbackId'>): string =>
  `${kind} ${eventId}${object === undefined ? '' : ` ${object}`}`;

/** What one client wants to hear. Numbers are the server's to give, and never given twice to a client. */
export class Registrations {
  private readonly all = new Map<number, Registration>();
  /** The same by what they are for: an event is no reason to look at all of them. */
  private readonly places = new Map<string, Map<number, Registration>>();
  private last = 0;

  /** @throws RemoteError RPC error: there are as many as one connection may have */
  add(of: Omit<Registration, 'callbackId'>): number {
    if (this.all.size >= MAX_REGISTRATIONS)
      throw new RemoteError(
        errorCode.rpc,
        errorDomain.remote,
        `Too many event callbacks '${this.all.size + 1}' for limit '${MAX_REGISTRATIONS}'`,
      );
    const callbackId = (this.last += 1);
    const registration = { ...of, callbackId };
    this.all.set(callbackId, registration);
    const place = this.places.get(placeOf(of)) ?? new Map<number, Registration>();
    this.places.set(placeOf(of), place.set(callbackId, registration));
    return callbackId;
  }

  /** @returns whether there was one */
  remove(kind: EventKind, callbackId: number): boolean {
    const registration = this.all.get(callbackId);
    if (registration?.kind !== kind) return false;
    const place = this.places.get(placeOf(registration));
    place?.delete(callbackId);
    if (place?.size === 0) this.places.delete(placeOf(registration));
    return this.all.delete(callbackId);
  }

  /** Whoever is to hear of an event, in the order in which they registered. */
  for(kind: EventKind, eventId: number, object: string): Registration[] {
    const places = [undefined, object].map((of) => this.places.get(placeOf({ kind, eventId, object: of })));
    return places.flatMap((place) => [...(place?.values() ?? [])]).toSorted((a, b) => a.callbackId - b.callbackId);
  }
}
