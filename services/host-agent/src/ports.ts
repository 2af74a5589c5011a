/** What the runners need of the world beside links and QEMU (see links/links.ts, qemu/qemu.ts). */
import type { NetworkFacts } from './core/network-facts.js';
import type {
  DomainHappening,
  DomainState,
  HostNetwork,
  HostNetworkRecord,
  LifecycleEventName,
  Port,
  PortKey,
  PortRequest,
  FollowGuestMac,
  ShapePort,
  ReviseDevice,
  RxFilterHappening,
} from '@virtbus/contracts';

/** libvirt's lifecycle events, but for those about definitions; and the reset, which libvirt tells apart. */
export type DomainEventName = LifecycleEventName | 'rebooted';

/** What happens to devices of a running guest, whose alias is the detail; and to the connection to its monitor. */
export type DeviceEventName = 'deviceadded' | 'deviceremoved' | 'deviceremovalfailed' | 'controlerror';

/** What this host tells the fleet. Reports are sent again until the bus has them; their order per domain is kept. */
export interface Reports {
  domainState(state: DomainState): Promise<void>;
  domainEvent(what: DomainEventName | DeviceEventName, happening: DomainHappening, commandId?: string): Promise<void>;
  rxFilterChanged(happening: RxFilterHappening): Promise<void>;
  hasNetwork(record: HostNetworkRecord): Promise<void>;
  lostNetwork(uuid: string): Promise<void>;
}

/** The keeper of definitions, as the host asks it. */
export interface Definitions {
  /** Makes a change of devices in a domain's definition, once for each command. @throws Refusal as the api refuses */
  revise(change: Omit<ReviseDevice, 'config' | 'apply'>): Promise<void>;
}

/** netd, as the host asks it. */
export interface PortAllocator {
  /** @throws Refusal as netd refuses */
  allocate(request: {
    readonly domain: string;
    readonly domainName: string;
    readonly epoch: number;
    readonly ports: readonly PortRequest[];
  }): Promise<{ readonly ports: readonly Port[]; readonly networks: readonly HostNetwork[] }>;
  release(request: { readonly domain: string; readonly epoch: number; readonly ports: readonly PortKey[] }): Promise<void>;
  /** Changes the bandwidth of a port that is in use. @throws Refusal as netd refuses */
  shape(request: ShapePort): Promise<Port>;
  /** A trusted guest has another MAC address: other hosts are to know. @throws Refusal as netd refuses */
  follow(request: FollowGuestMac): Promise<void>;
  /** Gives back what the domain has beside these: what an agent had asked for that died before it wrote it down. */
  releaseOthers(request: { readonly domain: string; readonly epoch: number; readonly ports: readonly PortKey[] }): Promise<void>;
  /**
   * Undefined when the network is not active any more.
   * @param activation what this host has of it
   * @throws Refusal no_network when netd does not know it, or knows no such activation
   */
  plan(networkUuid: string, activation?: number): Promise<HostNetwork | undefined>;
}

export interface NetworkListener {
  /** Told once all of them are known, and again at each change. */
  facts(facts: NetworkFacts): void;
  /** The definition has changed, or whether the network is active; also once at the beginning. */
  redefined(): void;
}

/** What other services say of networks. */
export interface NetworkFactsSource {
  /** @returns what ends it */
  follow(uuid: string, listener: NetworkListener): () => Promise<void>;
}

/** Values on local disk that outlive this process. */
export interface Store<T> {
  /** Resolves once the value outlives a power cut. */
  write(key: string, value: T): Promise<void>;
  /** The same for a key that has no value; this one outlives the process as soon as the call returns, before it is awaited. */
  begin(key: string, value: T): Promise<void>;
  remove(key: string): Promise<void>;
  readAll(): Promise<{ readonly values: readonly T[]; readonly unreadable: readonly { readonly file: string; readonly cause: unknown }[] }>;
}

export interface HostLog {
  log(message: string): void;
  warn(message: string): void;
  error(message: string, cause?: unknown): void;
}
