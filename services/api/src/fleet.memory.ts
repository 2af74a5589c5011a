import {
  isLibvirtUuid,
  type DomainRecord,
  type DomainState,
  type NetworkRecord,
  type Placement,
  type PoolRecord,
  type PortRecord,
  type SecretRecord,
} from '@virtbus/contracts';
import type { Entry } from '@virtbus/messaging';
import { currentState, type CurrentState } from './core/summaries.js';
import type { FleetViews } from './fleet.views.js';
import { StorageMemory } from './pools/storage.memory.js';

/** A domain as it is known now. Made anew with each change of one of its facts, so it may be kept as a key. */
export interface KnownDomain extends CurrentState {
  readonly record: DomainRecord;
  readonly active: boolean;
  /** libvirt's id of an active domain: unique in the fleet, the same as long as it runs; -1 of an inactive one. */
  readonly id: number;
  /** Where an active domain is. */
  readonly hostId: string | undefined;
  /** What the host says of an active domain; nothing before it has said anything. */
  readonly runtime: DomainState | undefined;
}

/** Kinds of objects that belong to projects. */
export type Owned = 'domain' | 'network' | 'pool' | 'secret';

/** How many objects that are gone are remembered. */
const REMEMBERED = 10_000;

/** The fleet's domains and networks by every handle that libvirt knows, from memory. */
export class FleetMemory {
  private readonly domainsByUuid = new Map<string, KnownDomain>();
  private readonly domainsByName = new Map<string, string>();
  private readonly domainsById = new Map<number, string>();
  private readonly networksByName = new Map<string, string>();
  /** By network and UUID: on another network there may be one of the same UUID. */
  private readonly portsById = new Map<string, PortRecord>();
  private readonly gone = new Map<string, string | undefined>();
  readonly storage: StorageMemory;

  constructor(readonly views: FleetViews) {
    this.storage = new StorageMemory(views);
    for (const { key } of views.domains.entries()) this.learn(key.uuid);
    for (const { value } of views.networks.entries()) this.networksByName.set(value.name, value.uuid);
    for (const view of [views.domains, views.placements, views.states]) view.onChange(({ key }) => this.learn(key.uuid));
    views.networks.onChange(({ entry, previous }) => {
      if (previous && entry?.value.name !== previous.value.name) forget(this.networksByName, previous.value.name, previous.value.uuid);
      if (entry) this.networksByName.set(entry.value.name, entry.value.uuid);
      else if (previous) this.remember(previous.value.uuid, previous.value.project);
    });
    for (const { value } of views.ports.entries()) this.portsById.set(portKey(value.networkUuid, value.id), value);
    views.ports.onChange(({ entry, previous }) => this.learnPort(entry?.value, previous?.value));
    views.pools.onChange((change) => this.rememberGone(change));
    views.secrets.onChange((change) => this.rememberGone(change));
  }

  domains(): Iterable<KnownDomain> {
    return this.domainsByUuid.values();
  }

  domain(uuid: string): KnownDomain | undefined {
    return this.domainsByUuid.get(uuid);
  }

  domainNamed(name: string): KnownDomain | undefined {
    return this.domain(this.domainsByName.get(name) ?? '');
  }

  domainWithId(id: number): KnownDomain | undefined {
    return this.domain(this.domainsById.get(id) ?? '');
  }

  secrets(): SecretRecord[] {
    return this.views.secrets.entries().map((entry) => entry.value);
  }

  secret(uuid: string): SecretRecord | undefined {
    return isLibvirtUuid(uuid) ? this.views.secrets.get({ uuid })?.value : undefined;
  }

  networks(): NetworkRecord[] {
    return this.views.networks.entries().map((entry) => entry.value);
  }

  network(uuid: string): NetworkRecord | undefined {
    // A name may be asked for, too, which is no key.
    return isLibvirtUuid(uuid) ? this.views.networks.get({ uuid })?.value : undefined;
  }

  networkNamed(name: string): NetworkRecord | undefined {
    const uuid = this.networksByName.get(name);
    return uuid === undefined ? undefined : this.network(uuid);
  }

  /**
   * The project of an object, also for a while after it is gone: what is told last about it is that it went. Nothing of what is not
   * known: that it belongs to no project is something else.
   */
  ownerOf(kind: Owned, uuid: string): { readonly project?: string | undefined } | undefined {
    const known = this.record(kind, uuid);
    if (known) return { project: known.project };
    return this.gone.has(uuid) ? { project: this.gone.get(uuid) } : undefined;
  }

  port(networkUuid: string, uuid: string): PortRecord | undefined {
    return this.portsById.get(portKey(networkUuid, uuid));
  }

  /** Whose interface has it, or whose it is that was made by hand; as of a domain, nothing of what is not known. */
  ownerOfPort(networkUuid: string, uuid: string): { readonly project?: string | undefined } | undefined {
    const port = this.port(networkUuid, uuid);
    return port && (port.byHand ? { project: port.byHand.project } : this.ownerOf('domain', port.domain));
  }

  private record(kind: Owned, uuid: string): { readonly project?: string | undefined } | undefined {
    if (kind === 'domain') return this.domain(uuid)?.record;
    if (kind === 'network') return this.network(uuid);
    return kind === 'pool' ? this.storage.pool(uuid) : this.secret(uuid);
  }

  private learnPort(now: PortRecord | undefined, before: PortRecord | undefined): void {
    if (before && now?.id !== before.id) forgetPort(this.portsById, before);
    if (now) this.portsById.set(portKey(now.networkUuid, now.id), now);
  }

  private learn(uuid: string): void {
    const before = this.domainsByUuid.get(uuid);
    const now = this.factsOf(uuid);
    if (before) this.unlearn(before, now);
    if (!now) return;
    this.domainsByUuid.set(uuid, now);
    this.domainsByName.set(now.record.name, uuid);
    if (now.id > 0) this.domainsById.set(now.id, uuid);
  }

  /** Handles that a domain has no more. */
  private unlearn({ record, id }: KnownDomain, now: KnownDomain | undefined): void {
    const { uuid, name, project } = record;
    if (name !== now?.record.name) forget(this.domainsByName, name, uuid);
    if (id !== now?.id) forget(this.domainsById, id, uuid);
    if (now) return;
    this.domainsByUuid.delete(uuid);
    this.remember(uuid, project);
  }

  private rememberGone({
    entry,
    previous,
  }: {
    readonly entry?: unknown;
    readonly previous?: Entry<PoolRecord | SecretRecord> | undefined;
  }) {
    if (previous && entry === undefined) this.remember(previous.value.uuid, previous.value.project);
  }

  private remember(uuid: string, project: string | undefined): void {
    this.gone.delete(uuid);
    this.gone.set(uuid, project);
    const [oldest] = this.gone.keys();
    if (this.gone.size > REMEMBERED && oldest !== undefined) this.gone.delete(oldest);
  }

  private factsOf(uuid: string): KnownDomain | undefined {
    const { domains, placements, states } = this.views;
    const record = domains.get({ uuid })?.value;
    return record && knownDomain(record, placements.get({ uuid }), states.get({ uuid })?.value);
  }
}

function knownDomain(record: DomainRecord, placed: Entry<Placement> | undefined, state: DomainState | undefined): KnownDomain {
  const current = currentState({ record, placement: placed?.value, state });
  if (current.state === 'shutoff') return { ...current, record, active: false, id: -1, hostId: undefined, runtime: undefined };
  const { epoch = 0, hostId } = placed?.value ?? {};
  const runtime = state && state.epoch >= epoch ? state : undefined;
  return { ...current, record, active: true, id: idOf(runtime, placed), hostId, runtime };
}

/** Before its host has said anything of a domain, its id is what the host will be told. */
const idOf = (runtime: DomainState | undefined, placed: Entry<Placement> | undefined): number => runtime?.id ?? placed?.revision ?? -1;

const portKey = (networkUuid: string, uuid: string): string => `${networkUuid} ${uuid.toLowerCase()}`;

function forgetPort(index: Map<string, PortRecord>, { networkUuid, id, mac }: PortRecord): void {
  if (index.get(portKey(networkUuid, id))?.mac === mac) index.delete(portKey(networkUuid, id));
}

/** Another object may have taken the handle meanwhile. */
function forget<K>(index: Map<K, string>, handle: K, uuid: string): void {
  if (index.get(handle) === uuid) index.delete(handle);
}
