import { randomBytes, randomUUID } from 'node:crypto';
import { Logger, Module, type DynamicModule } from '@nestjs/common';
import {
  bridgeNames,
  domainNames,
  domainRecords,
  domainStatesBucket,
  networkNames,
  networkRecords,
  placements,
  secretRecords,
  secretUsages,
  secretValues,
  usageKey,
  type EmulatorFacts,
} from '@virtbus/contracts';
import { Bus } from '@virtbus/messaging';
import { Gate } from './access/gate.js';
import { accessProviders } from './access/providers.js';
import { TokenHandlers } from './access/token.handlers.js';
import { AutostartRunner } from './autostart.runner.js';
import { BusNames } from './adapters/bus-names.js';
import { BusPortWorld } from './adapters/bus-port-world.js';
import { BusKept, BusRecords } from './adapters/bus-records.js';
import { commonEmulator } from './core/common-emulator.js';
import { hasEnded } from './core/summaries.js';
import { ChangeRunner } from './change.runner.js';
import { DeviceHandlers } from './device.handlers.js';
import { DomainHandlers } from './domain.handlers.js';
import { DomainRunner, type Fleet } from './domain.runner.js';
import { FleetReader } from './fleet.reader.js';
import { FLEET_VIEWS, openFleetViews, type FleetViews } from './fleet.views.js';
import { HostHandlers } from './host.handlers.js';
import { NetworkHandlers } from './network.handlers.js';
import { NetworkPortHandlers } from './network-port.handlers.js';
import { NetworkPortRunner } from './network-port.runner.js';
import { NetworkReader } from './network.reader.js';
import { NetworkRunner } from './network.runner.js';
import { OperationHandlers } from './operation.handlers.js';
import { NwfilterHandlers } from './nwfilters/nwfilter.handlers.js';
import { nwfilterProviders } from './nwfilters/providers.js';
import { PoolHandlers } from './pools/pool.handlers.js';
import { poolProviders } from './pools/providers.js';
import { StorageHandlers } from './pools/storage.handlers.js';
import { SecretHandlers } from './secrets/secret.handlers.js';
import { SecretRunner } from './secrets/secret.runner.js';
import type { Clock } from './ports.js';
import { ReadHandlers } from './read.handlers.js';
import type { Listening } from './rpc/listening.js';
import { RpcGateway } from './rpc/rpc-gateway.js';
import { listensAnywhere, type RestListening } from './rest/listening.js';
import { RestGateway } from './rest/rest-gateway.js';
import { Tickets } from './access/tickets.js';
import { TokensView } from './access/tokens.js';
import { PlainSenders } from './senders/plain-senders.handlers.js';
import { senderDoor } from './senders/providers.js';
import { StatsReader } from './stats.reader.js';

const clock: Clock = {
  now: () => new Date().toISOString(),
  newUuid: randomUUID,
  // QEMU's prefix, as libvirt makes them.
  newMac: () => `52:54:00:${[...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`,
};

const networkRunner = {
  provide: NetworkRunner,
  inject: [Bus, FLEET_VIEWS],
  useFactory: (bus: Bus, { hosts }: FleetViews): NetworkRunner => {
    const records = bus.bucket(networkRecords);
    const record = async (uuid: string) => (await records.get({ uuid }))?.value;
    const names = new BusNames(bus.bucket(networkNames), async (uuid, name) => (await record(uuid))?.name === name);
    // An active network may still run with the bridge that it had before it was defined anew.
    const isInUse = async (uuid: string, name: string): Promise<boolean> => {
      const holder = await record(uuid);
      return holder !== undefined && (holder.bridge === name || holder.active);
    };
    const isOnSomeHost = (name: string): boolean => hosts.entries().some(({ value }) => value.devices?.links.includes(name));
    const bridges = new BusNames(bus.bucket(bridgeNames), isInUse, isOnSomeHost);
    return new NetworkRunner(new BusRecords(records, bus.bucket(networkNames)), names, bridges, clock);
  },
};

const fleetOf = (bus: Bus, emulators: () => readonly EmulatorFacts[]): Fleet => ({
  emulator: (arch) => commonEmulator(emulators(), arch),
  isActive: async (uuid) => (await heldBy(bus, uuid)) !== undefined,
  startedAs: async (uuid) => (await heldBy(bus, uuid))?.name,
});

/** The placement of an active domain. */
async function heldBy(
  bus: Bus,
  uuid: string,
): Promise<{ readonly hostId: string; readonly epoch: number; readonly name: string } | undefined> {
  const [placement, state] = await Promise.all([bus.bucket(placements).get({ uuid }), bus.bucket(domainStatesBucket).get({ uuid })]);
  if (placement?.value.hostId === undefined || hasEnded(placement.value, state?.value)) return undefined;
  const { hostId, epoch, name = '' } = placement.value;
  return { hostId, epoch, name };
}

const domainRunner = {
  provide: DomainRunner,
  inject: [Bus, FLEET_VIEWS],
  useFactory: (bus: Bus, { emulators }: FleetViews): DomainRunner => {
    const fleet = fleetOf(bus, () => emulators.entries().map((entry) => entry.value));
    const records = bus.bucket(domainRecords);
    const names = new BusNames(bus.bucket(domainNames), async (uuid, name) => (await records.get({ uuid }))?.value.name === name);
    return new DomainRunner(new BusRecords(records, bus.bucket(domainNames)), names, fleet, clock);
  },
};

const secretRunner = {
  provide: SecretRunner,
  inject: [Bus],
  useFactory: (bus: Bus): SecretRunner => {
    const records = bus.bucket(secretRecords);
    const values = bus.bucket(secretValues);
    const isUsedFor = async (uuid: string, usage: string): Promise<boolean> => {
      const held = (await records.get({ uuid }))?.value;
      return held !== undefined && usageKey(held.usageType, held.usageId) === usage;
    };
    return new SecretRunner(
      new BusKept(records),
      new BusNames(bus.bucket(secretUsages), isUsedFor),
      {
        get: async (uuid) => (await values.get({ uuid }))?.value,
        put: async (uuid, value) => void (await values.put({ uuid }, value)),
        remove: (uuid) => values.delete({ uuid }),
      },
      clock,
    );
  },
};

const fleetViews = { provide: FLEET_VIEWS, inject: [Bus], useFactory: openFleetViews };

const fleetReader = {
  provide: FleetReader,
  inject: [Bus, FLEET_VIEWS],
  useFactory: (bus: Bus, views: FleetViews): FleetReader => new FleetReader(bus, views),
};

const networkReader = {
  provide: NetworkReader,
  inject: [Bus, FLEET_VIEWS, FleetReader],
  useFactory: (bus: Bus, views: FleetViews, fleet: FleetReader): NetworkReader => new NetworkReader(bus, views, fleet),
};

const networkPortRunner = {
  provide: NetworkPortRunner,
  inject: [Bus, FLEET_VIEWS],
  useFactory: (bus: Bus, views: FleetViews): NetworkPortRunner =>
    new NetworkPortRunner(new BusPortWorld(bus, views, async (uuid) => (await heldBy(bus, uuid))?.hostId)),
};

const changeRunner = {
  provide: ChangeRunner,
  inject: [DomainRunner, Bus],
  useFactory: (definitions: DomainRunner, bus: Bus): ChangeRunner => new ChangeRunner(definitions, (uuid) => heldBy(bus, uuid)),
};

const statsReader = {
  provide: StatsReader,
  inject: [FleetReader, Bus],
  useFactory: (fleet: FleetReader, bus: Bus): StatsReader => new StatsReader(fleet, bus),
};

/** Listens once everything else is there, and lets its clients go before the bus is. */
const rpcGateway = (listening: Listening) => ({
  provide: RpcGateway,
  inject: [Bus, FLEET_VIEWS, Gate],
  useFactory: async (bus: Bus, views: FleetViews, gate: Gate): Promise<RpcGateway & { onModuleDestroy(): Promise<void> }> => {
    const gateway = new RpcGateway(bus, views, gate, new Logger('libvirt rpc'));
    await gateway.start(listening);
    return Object.assign(gateway, { onModuleDestroy: () => gateway.close() });
  },
});

/** Begins once the service listens, and ends with it. */
const autostart = {
  provide: AutostartRunner,
  inject: [Bus, FLEET_VIEWS],
  useFactory: (bus: Bus, views: FleetViews) => {
    const runner = new AutostartRunner({ bus, views, log: new Logger('api') });
    return Object.assign(runner, { onApplicationBootstrap: () => void runner.run(), onModuleDestroy: () => runner.close() });
  },
};

type RestInjected = readonly [Bus, FleetViews, FleetReader, NetworkReader, Gate, Tickets, TokensView];

/** What serves REST is loaded only when it is served. */
const restGateway = (listening: RestListening) => ({
  provide: RestGateway,
  inject: [Bus, FLEET_VIEWS, FleetReader, NetworkReader, Gate, Tickets, TokensView],
  useFactory: async (
    ...[bus, views, reader, networks, gate, tickets, tokens]: RestInjected
  ): Promise<RestGateway & { onModuleDestroy(): Promise<void> }> => {
    const gateway = listensAnywhere(listening)
      ? await RestGateway.start({ bus, views, reader, networkReader: networks, gate, tickets, tokens }, listening, new Logger('rest'))
      : new RestGateway(undefined);
    return Object.assign(gateway, { onModuleDestroy: () => gateway.close() });
  },
});

@Module({})
export class ApiModule {
  static of({ rpc, rest }: { readonly rpc: Listening; readonly rest: RestListening }): DynamicModule {
    return {
      module: ApiModule,
      controllers: [
        DomainHandlers,
        DeviceHandlers,
        NetworkHandlers,
        NetworkPortHandlers,
        HostHandlers,
        ReadHandlers,
        OperationHandlers,
        TokenHandlers,
        NwfilterHandlers,
        SecretHandlers,
        PlainSenders,
        PoolHandlers,
        StorageHandlers,
      ],
      providers: [
        ...nwfilterProviders,
        secretRunner,
        ...poolProviders,
        ...[autostart, fleetViews, domainRunner, networkRunner, networkPortRunner, fleetReader, networkReader, changeRunner, statsReader],
        ...accessProviders,
        senderDoor,
        rpcGateway(rpc),
        restGateway(rest),
      ],
    };
  }
}
