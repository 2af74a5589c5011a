/** Events for those who listen over REST: the live ones from one subscription for all, a replay from one of its own. */
import type { AuditRecord, PortHappening } from '@virtbus/contracts';
import type { Bus, BusEvent, EventSubscription, From } from '@virtbus/messaging';
import type { Caller } from '../access/index.js';
import type { FleetMemory, Owned } from '../fleet.memory.js';
import { Sight } from '../sight.js';
import { concerns } from './operation-memory.js';

export interface Wanted {
  readonly kinds: readonly string[] | undefined;
  /** The UUID of the only domain. */
  readonly domain: string | undefined;
}

export interface Following {
  /** The sequence of the last event before those that are followed. */
  readonly position: number;
  close(): Promise<void>;
}

const EVENTS = 'virtbus.v1.evt.>';
/** Of so many operations it is remembered who asked for them. */
const REMEMBERED = 10_000;

const tokensOf = (subject: string): { readonly kind: string; readonly id: string } => {
  const [, , , kind = '', id = ''] = subject.split('.');
  return { kind, id };
};

/** What has happened, for those who may hear of it. */
export class EventFeed {
  private readonly asked = new Map<string, Pick<AuditRecord, 'who'> & { readonly project?: string | undefined }>();
  private readonly listeners = new Set<(event: BusEvent) => void>();
  private live: EventSubscription | undefined;

  constructor(
    private readonly bus: Bus,
    readonly memory: FleetMemory,
  ) {}

  /** Follows what is said from now on, or from an earlier place in the stream. */
  async follow(from: From, listener: (event: BusEvent) => void): Promise<Following> {
    if (from !== 'new') {
      const own = this.bus.subscribe(EVENTS, listener, { from });
      await own.ready;
      return { position: own.position, close: () => own.close() };
    }
    this.live ??= this.bus.subscribe(EVENTS, (event) => this.tell(event));
    const { live: shared } = this;
    await shared.ready;
    this.listeners.add(listener);
    const close = async (): Promise<void> => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      const { live } = this;
      this.live = undefined;
      await live?.close();
    };
    return { position: shared.position, close };
  }

  /** Whether a caller may hear of an event, and wants to. */
  concerns(caller: Caller, { kinds, domain }: Wanted, event: BusEvent): boolean {
    const { kind, id } = tokensOf(event.subject);
    if (kinds && !kinds.includes(kind)) return false;
    if (domain !== undefined && (kind !== 'domain' || id !== domain)) return false;
    return this.mayHear(caller, { kind, id }, event);
  }

  private mayHear(caller: Caller, { kind, id }: { readonly kind: string; readonly id: string }, event: BusEvent): boolean {
    const { identity } = caller;
    if (kind === 'audit') return this.hearsAudit(identity, event, id);
    const sight = new Sight(caller, this.memory);
    if (kind === 'secret') return sight.hears(kind, id);
    if (!sight.isBound) return true;
    if (kind === 'operation') return concerns(identity, this.asked.get(id) ?? { who: '' });
    if (kind === 'port' && isByHand(event.payload)) return sight.sees('port', event.payload);
    const object = objectOf(kind, id, event.payload);
    return object !== undefined && sight.hears(object.kind, object.uuid);
  }

  /** Of a change that one has asked for, or, as an administrator, of all. */
  private hearsAudit(identity: Caller['identity'], event: BusEvent, id: string): boolean {
    const record = event.payload as Partial<AuditRecord>;
    const known = { who: record.who ?? '', project: record.project };
    keep(this.asked, id, known);
    return identity.role === 'administrator' ? concerns(identity, known) : known.who === identity.name;
  }

  private tell(event: BusEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}

const isByHand = (payload: unknown): payload is PortHappening => (payload as Partial<PortHappening>).byHand === true;

/** What an event is about: of a port, its domain. */
function objectOf(kind: string, id: string, payload: unknown): { readonly kind: Owned; readonly uuid: string } | undefined {
  if (kind === 'domain' || kind === 'network' || kind === 'pool') return { kind, uuid: id };
  const { domain } = payload as { readonly domain?: unknown };
  return kind === 'port' && typeof domain === 'string' ? { kind: 'domain', uuid: domain } : undefined;
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > REMEMBERED && oldest !== undefined) map.delete(oldest);
}
