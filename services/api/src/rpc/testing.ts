/** A gateway without a bus, for this package's unit tests: views in memory, and orders that are written down. */
import type { CommandContract, DomainRecord, DomainState, NetworkRecord, Placement } from '@virtbus/contracts';
import { programs, type ArgsOf, type Call, type Client, type Procedure, type ReplyOf } from '@virtbus/libvirt-rpc';
import type { Entry, View, ViewChange, ViewEntry } from '@virtbus/messaging';
import { localRoot, type Identity } from '../access/index.js';
import { maySee } from '../access/core/may-call.js';
import { FleetMemory } from '../fleet.memory.js';
import type { FleetViews } from '../fleet.views.js';
import { routes } from './handlers/index.js';
import { admit, type Sight } from './door.js';
import { Known } from './known.js';
import { Session, type Gateway } from './session.js';

type Key = Readonly<Record<string, string>>;

/** A view that a test writes to. */
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
    const entry = { key, value, revision: this.revision, writtenAt: new Date(0) };
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

const memoryViews = () => ({
  domains: new MemoryView<DomainRecord, { readonly uuid: string }>(),
  placements: new MemoryView<Placement, { readonly uuid: string }>(),
  states: new MemoryView<DomainState, { readonly uuid: string }>(),
  networks: new MemoryView<NetworkRecord, { readonly uuid: string }>(),
  hosts: new MemoryView<HostOf<'hosts'>, { readonly hostId: string }>(),
  wishes: new MemoryView<HostOf<'wishes'>, { readonly hostId: string }>(),
  claims: new MemoryView<HostOf<'claims'>, { readonly hostId: string }>(),
  hostNetworks: new MemoryView<HostOf<'hostNetworks'>, { readonly hostId: string; readonly uuid: string }>(),
  emulators: new MemoryView<HostOf<'emulators'>, { readonly hostId: string }>(),
});

type HostOf<Name extends keyof FleetViews> = FleetViews[Name] extends View<infer P> ? P : never;

export interface Sent {
  readonly subject: string;
  readonly payload: object;
}

const noCall: Call = {
  openStream: () => {
    throw new Error('no stream in a unit test');
  },
  afterReply: () => undefined,
};

/** A session of a client on a fleet that the test fills. */
export class TestGateway {
  readonly views = memoryViews();
  readonly memory = new FleetMemory(this.views);
  /** Who the client is. */
  identity: Identity = localRoot;
  private readonly sight: Sight = {
    sees: (resource, object) => maySee(this.identity, resource, object),
  };
  readonly sent: Sent[] = [];
  readonly told: unknown[] = [];
  /** What the fleet does with a command. */
  answer: (contract: CommandContract, payload: object) => object = () => ({});
  private readonly client: Client = {
    identity: { name: 'root', by: 'socket' },
    send: (_, message) => void this.told.push(message),
    ping: () => undefined,
    close: () => undefined,
  };
  private readonly gateway: Gateway = {
    known: new Known(this.memory, { domain: async () => undefined, network: async () => undefined }, this.sight),
    orders: {
      run: async (contract, payload) => {
        this.sent.push({ subject: contract.subject, payload });
        return this.answer(contract, payload) as never;
      },
      askHost: async () => ({}) as never,
    },
    admit: (call) => admit({ identity: this.identity, via: 'rpc' }, call),
    openLine: () => Promise.reject(new Error('no line in a unit test')),
    hostname: 'gate.example',
  };
  readonly session = new Session(this.client, this.gateway);

  constructor({ opened = true, readOnly = false } = {}) {
    this.session.opened = opened;
    this.session.readOnly = readOnly;
  }

  /** As a client calls, behind the same guard. @throws RemoteError */
  async call<P extends Procedure>(procedure: P, args: ArgsOf<P>): Promise<ReplyOf<P>> {
    const route = routes.get(programs.remote)?.get(procedure.number);
    if (!route?.handler) throw new Error('there is no such procedure');
    return (await route.handler(args, this.session, noCall)) as ReplyOf<P>;
  }
}

export const uuidOf = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

export const domainRecord = (number: number, more: Partial<DomainRecord> = {}): DomainRecord => ({
  uuid: uuidOf(number),
  name: `d${number}`,
  xml: `<domain type='qemu'>\n  <name>d${number}</name>\n  <memory unit='KiB'>65536</memory>\n  <os><type>hvm</type></os>\n</domain>\n`,
  persistent: true,
  autostart: false,
  demand: { type: 'qemu', arch: 'x86_64', memoryMiB: 64, vcpus: 2 },
  memoryKiB: 65_536,
  maxMemoryKiB: 131_072,
  ...more,
});

export const domainState = (number: number, more: Partial<DomainState> = {}): DomainState => ({
  uuid: uuidOf(number),
  name: `d${number}`,
  hostId: 'host-a',
  epoch: 1,
  state: 'running',
  reason: 'booted',
  id: number + 100,
  since: '2026-11-21T10:00:00.000Z',
  interfaces: [],
  ...more,
});
