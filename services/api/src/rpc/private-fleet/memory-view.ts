import type { DomainRecord, DomainState, NetworkRecord, Placement } from '@virtbus/contracts';
import type { Entry, View, ViewChange, ViewEntry } from '@virtbus/messaging';
import type { FleetViews } from '../../fleet.views.js';

type Key = Readonly<Record<string, string>>;

/** Hosts in memory do not fall silent: the last instant that there is. */
const NEVER_OLD = new Date(8.64e15);

/** A view on values in memory: of a private fleet, and of unit tests. */
export class MemoryView<P, K extends Key> implements View<P, K> {
  private readonly held = new Map<string, ViewEntry<P, K>>();
  private readonly listeners = new Set<(change: ViewChange<P, K>) => void>();
  private revision = 0;

  get size(): number {
    return this.held.size;
  }

  put(key: K, value: P): number {
    const previous = this.get(key);
    this.revision += 1;
    const entry = { key, value, revision: this.revision, writtenAt: NEVER_OLD };
    this.held.set(JSON.stringify(key), entry);
    this.tell({ key, entry, previous });
    return this.revision;
  }

  remove(key: K): void {
    const previous = this.get(key);
    this.held.delete(JSON.stringify(key));
    this.tell({ key, entry: undefined, previous });
  }

  get(key: K): Entry<P> | undefined {
    return this.held.get(JSON.stringify(key));
  }

  entries(): readonly ViewEntry<P, K>[] {
    return [...this.held.values()];
  }

  onChange(listener: (change: ViewChange<P, K>) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.listeners.clear();
  }

  private tell(change: ViewChange<P, K>): void {
    for (const listener of this.listeners) listener(change);
  }
}

/** Every view of a fleet, empty. */
export const memoryViews = () => ({
  domains: new MemoryView<DomainRecord, { readonly uuid: string }>(),
  placements: new MemoryView<Placement, { readonly uuid: string }>(),
  states: new MemoryView<DomainState, { readonly uuid: string }>(),
  networks: new MemoryView<NetworkRecord, { readonly uuid: string }>(),
  hosts: new MemoryView<HostOf<'hosts'>, { readonly hostId: string }>(),
  wishes: new MemoryView<HostOf<'wishes'>, { readonly hostId: string }>(),
  claims: new MemoryView<HostOf<'claims'>, { readonly hostId: string }>(),
  hostNetworks: new MemoryView<HostOf<'hostNetworks'>, { readonly hostId: string; readonly uuid: string }>(),
  ports: new MemoryView<HostOf<'ports'>, { readonly networkUuid: string; readonly mac: string }>(),
  emulators: new MemoryView<HostOf<'emulators'>, { readonly hostId: string }>(),
  secrets: new MemoryView<HostOf<'secrets'>, { readonly uuid: string }>(),
  pools: new MemoryView<HostOf<'pools'>, { readonly uuid: string }>(),
  hostPools: new MemoryView<HostOf<'hostPools'>, { readonly hostId: string; readonly uuid: string }>(),
  bindings: new MemoryView<HostOf<'bindings'>, { readonly hostId: string; readonly link: string }>(),
  volumes: new MemoryView<HostOf<'volumes'>, { readonly hostId: string; readonly pool: string; readonly name: string }>(),
});

type HostOf<Name extends keyof FleetViews> = FleetViews[Name] extends View<infer P> ? P : never;
