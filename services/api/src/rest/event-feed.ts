/** Events for those who listen over REST: the live ones from one subscription for all, a replay from one of its own. */
import type { AuditRecord } from '@virtbus/contracts';
import type { Bus, BusEvent, From, Subscription } from '@virtbus/messaging';
import { mayCall, type Gate, type Caller } from '../access/index.js';
import type { FleetMemory } from '../fleet.memory.js';
import { concerns } from './operation-memory.js';

export type EventKind = 'domain' | 'network' | 'pool' | 'secret' | 'host' | 'port' | 'operation' | 'audit';

export interface Wanted {
  readonly kinds: readonly string[] | undefined;
  /** The UUID of the only domain. */
  readonly domain: string | undefined;
}

const EVENTS = 'virtbus.v1.evt.>';
const aboutSecrets = { resource: 'secret', verb: 'events', kind: 'request' } as const;
/** So many objects that are gone are remembered by their projects: their last events come after them. */
const GONE = 10_000;

const tokensOf = (subject: string): { readonly kind: string; readonly id: string } => {
  const [, , , kind = '', id = ''] = subject.split('.');
  return { kind, id };
};

/** Whose an operation is, and where an object that is gone belonged. */
export class EventFeed {
  private readonly gone = new Map<string, string>();
  private readonly asked = new Map<string, Pick<AuditRecord, 'who'> & { readonly project?: string | undefined }>();
  private readonly listeners = new Set<(event: BusEvent) => void>();
  private live: Subscription | undefined;

  constructor(
    private readonly bus: Bus,
    readonly memory: FleetMemory,
    private readonly gate: Gate,
  ) {
    const remember = ({
      previous,
      entry,
      key,
    }: {
      previous?: { value: { project?: string } } | undefined;
      entry?: unknown;
      key: { uuid: string };
    }): void => {
      const project = previous?.value.project;
      if (!entry && project !== undefined) keep(this.gone, key.uuid, project);
    };
    memory.views.domains.onChange(remember);
    memory.views.networks.onChange(remember);
  }

  /** Follows what is said from now on, or from an earlier place in the stream; `close` ends it. */
  async follow(from: From, listener: (event: BusEvent) => void): Promise<() => Promise<void>> {
    if (from !== 'new') {
      const own = this.bus.subscribe(EVENTS, listener, { from });
      await own.ready;
      return () => own.close();
    }
    this.live ??= this.bus.subscribe(EVENTS, (event) => this.tell(event));
    await this.live.ready;
    this.listeners.add(listener);
    return async () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      const { live } = this;
      this.live = undefined;
      await live?.close();
    };
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
    if (kind === 'secret') return mayCall(identity, aboutSecrets).type === 'allowed';
    if (identity.projects === 'all') return true;
    if (kind === 'operation') return concerns(identity, this.asked.get(id) ?? { who: '' });
    const object = objectOf(kind, id, event.payload);
    return object !== undefined && this.gate.sees(caller, object.resource, { project: this.projectOf(object) });
  }

  /** Of a change that one has asked for, or, as an administrator, of all. */
  private hearsAudit(identity: Caller['identity'], event: BusEvent, id: string): boolean {
    const record = event.payload as Partial<AuditRecord>;
    const known = { who: record.who ?? '', project: record.project };
    keep(this.asked, id, known);
    return identity.role === 'administrator' ? concerns(identity, known) : known.who === identity.name;
  }

  private projectOf({ resource, uuid }: { readonly resource: string; readonly uuid: string }): string | undefined {
    const { memory, gone } = this;
    const record = resource === 'network' ? memory.network(uuid) : memory.domain(uuid)?.record;
    return record ? record.project : gone.get(uuid);
  }

  private tell(event: BusEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}

function objectOf(kind: string, id: string, payload: unknown): { readonly resource: string; readonly uuid: string } | undefined {
  if (kind === 'domain' || kind === 'network') return { resource: kind, uuid: id };
  const { domain } = payload as { readonly domain?: unknown };
  return kind === 'port' && typeof domain === 'string' ? { resource: 'port', uuid: domain } : undefined;
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > GONE && oldest !== undefined) map.delete(oldest);
}
