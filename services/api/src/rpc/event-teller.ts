import type { DomainHappening, NetworkHappening, SecretHappening } from '@virtbus/contracts';
import type { FleetMemory, Owned } from '../fleet.memory.js';
import { domainTellings, networkTellings, poolTellings, secretTellings, type Telling } from './event-messages.js';
import type { Session } from './session.js';

const INACTIVE = -1;

interface Told {
  readonly subject: string;
  readonly payload: unknown;
}

const isHappening = (payload: unknown): payload is { readonly uuid: string; readonly name: string } =>
  typeof payload === 'object' && payload !== null && 'uuid' in payload && 'name' in payload;

/** Passes on what happens in the fleet to every client that registered for it. */
export class EventTeller {
  private readonly sessions = new Set<Session>();

  constructor(private readonly memory: FleetMemory) {}

  add(session: Session): void {
    this.sessions.add(session);
  }

  remove(session: Session): void {
    this.sessions.delete(session);
  }

  /** @param told an event of the bus: `virtbus.v1.evt.<kind>.<uuid>.<what>` */
  tell({ subject, payload }: Told): void {
    if (this.sessions.size === 0 || !isHappening(payload)) return;
    const [, , , kind, , what = ''] = subject.split('.');
    const { uuid, name } = payload;
    if (kind === 'domain') {
      const dom = { name, uuid, id: this.memory.domain(uuid)?.id ?? INACTIVE };
      this.send('domain', uuid, domainTellings(what, payload as DomainHappening, dom));
    } else if (kind === 'pool') {
      this.send('pool', uuid, poolTellings(what, { name, uuid }));
    } else if (kind === 'network') {
      this.send('network', uuid, networkTellings(what, payload as NetworkHappening, { name, uuid }));
    } else if (kind === 'secret') {
      this.send('secret', uuid, secretTellings(what, payload as SecretHappening));
    }
  }

  private send(kind: Owned, object: string, tellings: readonly Telling[]): void {
    for (const { eventId, message, body } of tellings) {
      for (const session of this.sessions) {
        if (!session.known.hears(kind, object)) continue;
        for (const { callbackId } of session.registrations.for(kind, eventId, object)) session.client.send(message, body(callbackId));
      }
    }
  }
}
