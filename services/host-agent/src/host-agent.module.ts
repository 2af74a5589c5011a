import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Inject, Logger, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { Bus } from '@virtbus/messaging';
import { BusNetworkFacts } from './adapters/bus-network-facts.js';
import { BusHostRecords } from './adapters/bus-host-records.js';
import { BusDefinitions } from './adapters/bus-definitions.js';
import { BusPorts } from './adapters/bus-ports.js';
import { BusReports } from './adapters/bus-reports.js';
import { BusPools, BusStorageFacts } from './adapters/bus-storage.js';
import { JsonFiles } from './adapters/json-files.js';
import { BindingHandlers } from './nwfilter/binding.handlers.js';
import { Consoles } from './console.js';
import { dnsmasqFiles } from './core/dnsmasq-files.js';
import type { DomainEntry } from './core/domain-entry.js';
import { DomainHandlers } from './domain.handlers.js';
import { DomainRunner } from './domain.runner.js';
import type { Emulators } from './emulators.js';
import { GuestAddresses } from './guest-addresses.js';
import { HostRecord, type Claimant } from './host-record.js';
import { closeHostEnds, openHostEnds, type HostEnds } from './host-ends.js';
import { HostLinks } from './links/host-links.js';
import { BandwidthDressing } from './interfaces/bandwidth.js';
import { dressings } from './interfaces/dressings.js';
import { Foresight } from './interfaces/foresight.js';
import { Interfaces } from './interfaces/interfaces.js';
import { TapGuard } from './interfaces/tap-guard.js';
import type { Links } from './links/links.js';
import { NetworkHandlers } from './network.handlers.js';
import { NetworkRunner, type KeptNetwork } from './network.runner.js';
import { GoingDown } from './operations/going-down.js';
import { GuestAgents } from './operations/guest-agent.js';
import { MonitorTeller } from './operations/monitor-teller.js';
import { OperationHandlers } from './operations/operations.handlers.js';
import { Operations } from './operations/operations.js';
import { Screenshots } from './operations/screenshots.js';
import { WatchedGuests } from './operations/watched-guests.js';
import { FilterBindings } from './nwfilter/filter-bindings.js';
import { FilterDressing } from './nwfilter/filter-dressing.js';
import { Parting } from './parting.js';
import { qemusIn } from './qemu/qemus.js';
import { Storage } from './storage/storage.js';
import { VolumeSessions } from './storage/volume-sessions.js';
import { StorageHandlers } from './storage/storage.handlers.js';

export interface Host {
  readonly hostId: string;
  readonly claimant: Omit<Claimant, 'log' | 'pause'>;
  readonly home: HostEnds['home'];
  readonly stateDir: string;
  /** The path of the network namespace that is this host's network; absent for this process's own. */
  readonly netns?: string;
  /** How other hosts reach this one; absent: by the address of the link that the default route leads to. */
  readonly tunnelAddress?: string;
  readonly emulators: Emulators;
  readonly kvm: boolean;
  /** Scripts that interfaces of type ethernet may name. */
  readonly scripts: readonly string[];
  /** Directories below which storage pools may lie. */
  readonly poolRoots: readonly string[];
}

export const log = new Logger('host-agent');
export const LINKS = Symbol('Links');
const ENDS = Symbol('HostEnds');

/** How often the host's packet filters are looked at. */
const GUARD_MS = 2_000;

/** How often taps are looked at of which the kernel has told nothing. */
const LOOK_AT_TAPS_MS = 60_000;

async function linksOf({ stateDir, netns, scripts }: Host): Promise<HostLinks> {
  const links = await HostLinks.open({
    stateDir,
    ...(netns === undefined ? {} : { netns }),
    scripts,
    log: (level, message, fields) => log[level === 'info' ? 'log' : level](fields ? `${message} ${JSON.stringify(fields)}` : message),
  });
  links.nftables.guard(GUARD_MS, (words) => log.warn(words));
  return links;
}

async function networkRunnerOf(host: Host, bus: Bus, { links, shaping, filters }: HostEnds): Promise<NetworkRunner> {
  const runner = new NetworkRunner({
    hostId: host.hostId,
    links,
    shaping,
    store: await JsonFiles.open<KeptNetwork>(join(host.stateDir, 'networks')),
    reports: new BusReports(bus, host.hostId),
    netd: new BusPorts(bus, host.hostId),
    facts: new BusNetworkFacts(bus, log),
    heardPorts: (uuid, ports) => filters.addressed(uuid, ports),
    ...(host.tunnelAddress === undefined ? {} : { tunnelAddress: host.tunnelAddress }),
    pathsOf: (network) => dnsmasqFiles(host.stateDir, network),
    log,
  });
  await runner.restore();
  return runner;
}

async function storageOf({ hostId, poolRoots }: Host, bus: Bus): Promise<Storage> {
  const [pools, facts] = await Promise.all([BusPools.open(bus), BusStorageFacts.open(bus, hostId)]);
  const storage = new Storage({ hostId, roots: poolRoots, pools, facts, log }, new VolumeSessions(bus));
  await storage.restore();
  // What was said before holds meanwhile: nothing waits for a look at many files.
  void storage.facts.reconcile();
  return storage;
}

const interfacesOf = ({ links, shaping, filters, bindings }: HostEnds): Interfaces =>
  new Interfaces({ links, log, dressings: [...dressings, new FilterDressing(filters, bindings), new BandwidthDressing(shaping)] });

async function domainRunnerOf(
  host: Host,
  bus: Bus,
  { networks, storage, ...ends }: HostEnds & { readonly networks: NetworkRunner; readonly storage: Storage },
): Promise<DomainRunner> {
  const { hostId, stateDir, kvm, emulators, netns } = host;
  await mkdir(join(stateDir, 'log'), { recursive: true, mode: 0o700 });
  const watched = new WatchedGuests(bus, hostId, log);
  const monitors = new MonitorTeller(bus, hostId);
  const runner = new DomainRunner({
    hostId,
    links: ends.links,
    interfaces: interfacesOf(ends),
    networks,
    storage,
    qemus: qemusIn(netns),
    ports: new BusPorts(bus, hostId),
    foresight: new Foresight(),
    definitions: new BusDefinitions(bus),
    reports: new BusReports(bus, hostId),
    journal: await JsonFiles.open<DomainEntry>(join(stateDir, 'domains')),
    log,
    kvm,
    capabilitiesOf: (emulator) => emulators.of(emulator),
    pathsOf: (uuid) => ({ directory: join(stateDir, 'run', uuid), logFile: join(stateDir, 'log', `${uuid}.log`) }),
    removeDirectory: (path) => rm(path, { recursive: true, force: true }),
    now: () => new Date().toISOString(),
    watch: (guest) => {
      watched.watch(guest);
      monitors.watch(guest);
    },
    booted: (guest) => watched.booted(guest),
  });
  await runner.restore();
  return runner;
}

const runtimeOf =
  (stateDir: string) =>
  (uuid: string): { readonly directory: string } => ({ directory: join(stateDir, 'run', uuid) });

function tapGuardOf({ stateDir }: Host, runner: DomainRunner, ends: HostEnds): TapGuard {
  const directoryOf = (uuid: string): string => runtimeOf(stateDir)(uuid).directory;
  return new TapGuard({ links: ends.links, runner, interfaces: interfacesOf(ends), directoryOf, log, everyMs: LOOK_AT_TAPS_MS });
}

type OperationEnds = HostEnds & { readonly runner: DomainRunner; readonly agents: GuestAgents };

function operationsOf({ stateDir, hostId }: Host, bus: Bus, { runner, agents, ...ends }: OperationEnds): Operations {
  const pathsOf = runtimeOf(stateDir);
  const tuning = { interfaces: interfacesOf(ends), ports: new BusPorts(bus, hostId), log };
  return new Operations({ runner, links: ends.links, tuning, pathsOf, agents, screenshots: new Screenshots() });
}

/** That this agent, and no other, speaks for the host. */
const recordOf = ({ hostId, claimant }: Host, bus: Bus): Promise<HostRecord> =>
  HostRecord.claim(new BusHostRecords(bus, hostId), { ...claimant, log, pause: (ms) => setTimeout(ms) });

/** Guests and networks are found again before the first order is taken. */
@Module({})
export class HostAgentModule implements OnApplicationShutdown {
  constructor(
    @Inject(DomainRunner) private readonly domains: DomainRunner,
    @Inject(NetworkRunner) private readonly networks: NetworkRunner,
    @Inject(Consoles) private readonly consoles: Consoles,
    @Inject(ENDS) private readonly ends: HostEnds,
  ) {}

  static of(host: Host): DynamicModule {
    return {
      module: HostAgentModule,
      controllers: [DomainHandlers, NetworkHandlers, OperationHandlers, StorageHandlers, BindingHandlers],
      providers: [
        { provide: 'HOST_ID', useValue: host.hostId },
        { provide: Parting, useFactory: () => new Parting() },
        { provide: HostRecord, inject: [Bus], useFactory: (bus: Bus) => recordOf(host, bus) },
        // What touches the host, or says anything of it, begins when it is this agent's.
        { provide: LINKS, inject: [HostRecord], useFactory: () => linksOf(host) },
        {
          provide: ENDS,
          inject: [Bus, LINKS],
          useFactory: (bus: Bus, links: HostLinks): Promise<HostEnds> => openHostEnds(host, bus, { links, log }),
        },
        { provide: FilterBindings, inject: [ENDS], useFactory: ({ bindings }: HostEnds) => bindings },
        { provide: Storage, inject: [Bus, HostRecord], useFactory: (bus: Bus) => storageOf(host, bus) },
        { provide: NetworkRunner, inject: [Bus, ENDS], useFactory: (bus: Bus, ends: HostEnds) => networkRunnerOf(host, bus, ends) },
        {
          provide: DomainRunner,
          inject: [Bus, ENDS, NetworkRunner, Storage],
          useFactory: (bus: Bus, ends: HostEnds, networks: NetworkRunner, storage: Storage) =>
            domainRunnerOf(host, bus, { ...ends, networks, storage }),
        },
        {
          provide: TapGuard,
          inject: [DomainRunner, ENDS],
          useFactory: (runner: DomainRunner, ends: HostEnds) => tapGuardOf(host, runner, ends),
        },
        {
          provide: Operations,
          inject: [Bus, ENDS, DomainRunner, GuestAgents],
          useFactory: (bus: Bus, ends: HostEnds, runner: DomainRunner, agents: GuestAgents) =>
            operationsOf(host, bus, { ...ends, runner, agents }),
        },
        // One for all: an agent is asked one question at a time.
        { provide: GuestAgents, useFactory: () => new GuestAgents(runtimeOf(host.stateDir)) },
        {
          provide: GoingDown,
          inject: [DomainRunner, GuestAgents],
          useFactory: (runner: DomainRunner, agents: GuestAgents) => new GoingDown(runner, agents),
        },
        {
          provide: GuestAddresses,
          inject: [DomainRunner, NetworkRunner, LINKS, GuestAgents],
          useFactory: (runner: DomainRunner, networks: NetworkRunner, links: Links, agents: GuestAgents) =>
            new GuestAddresses({ runner, networks, links, agents }),
        },
        { provide: Consoles, inject: [Bus], useFactory: (bus: Bus) => new Consoles(bus, log) },
      ],
    };
  }

  /** The agent goes, its guests stay. */
  async onApplicationShutdown(): Promise<void> {
    this.consoles.close();
    this.domains.close();
    await this.networks.close();
    await closeHostEnds(this.ends);
  }
}
