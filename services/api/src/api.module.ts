import { randomBytes, randomUUID } from 'node:crypto';
import { Module } from '@nestjs/common';
import {
  bridgeNames,
  domainNames,
  domainRecords,
  domainStatesBucket,
  emulatorFacts,
  networkNames,
  networkRecords,
  placements,
  type EmulatorFacts,
} from '@virtbus/contracts';
import { Bus } from '@virtbus/messaging';
import { accessProviders } from './access/providers.js';
import { TokenHandlers } from './access/token.handlers.js';
import { BusNames } from './adapters/bus-names.js';
import { BusRecords } from './adapters/bus-records.js';
import { commonEmulator } from './core/common-emulator.js';
import { hasEnded } from './core/summaries.js';
import { DomainHandlers } from './domain.handlers.js';
import { DomainRunner, type Fleet } from './domain.runner.js';
import { FleetReader } from './fleet.reader.js';
import { HostHandlers } from './host.handlers.js';
import { NetworkHandlers } from './network.handlers.js';
import { NetworkRunner } from './network.runner.js';
import type { Clock } from './ports.js';
import { ReadHandlers } from './read.handlers.js';

const clock: Clock = {
  now: () => new Date().toISOString(),
  newUuid: randomUUID,
  // QEMU's prefix, as libvirt makes them.
  newMac: () => `52:54:00:${[...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`,
};

const networkRunner = {
  provide: NetworkRunner,
  inject: [Bus],
  useFactory: (bus: Bus): NetworkRunner => {
    const records = bus.bucket(networkRecords);
    const record = async (uuid: string) => (await records.get({ uuid }))?.value;
    const names = new BusNames(bus.bucket(networkNames), async (uuid, name) => (await record(uuid))?.name === name);
    // An active network may still run with the bridge that it had before it was defined anew.
    const bridges = new BusNames(bus.bucket(bridgeNames), async (uuid, name) => {
      const holder = await record(uuid);
      return holder !== undefined && (holder.bridge === name || holder.active);
    });
    return new NetworkRunner(new BusRecords(records, bus.bucket(networkNames)), names, bridges, clock);
  },
};

const fleetOf = (bus: Bus, emulators: () => readonly EmulatorFacts[]): Fleet => ({
  emulator: (arch) => commonEmulator(emulators(), arch),
  isActive: async (uuid) => {
    const [placement, state] = await Promise.all([bus.bucket(placements).get({ uuid }), bus.bucket(domainStatesBucket).get({ uuid })]);
    return placement?.value.hostId !== undefined && !hasEnded(placement.value, state?.value);
  },
});

const domainRunner = {
  provide: DomainRunner,
  inject: [Bus],
  useFactory: async (bus: Bus): Promise<DomainRunner> => {
    const emulators = await bus.bucket(emulatorFacts).view();
    const fleet = fleetOf(bus, () => emulators.entries().map((entry) => entry.value));
    const records = bus.bucket(domainRecords);
    const names = new BusNames(bus.bucket(domainNames), async (uuid, name) => (await records.get({ uuid }))?.value.name === name);
    return new DomainRunner(new BusRecords(records, bus.bucket(domainNames)), names, fleet, clock);
  },
};

const fleetReader = { provide: FleetReader, inject: [Bus], useFactory: (bus: Bus): Promise<FleetReader> => FleetReader.open(bus) };

@Module({
  controllers: [DomainHandlers, NetworkHandlers, HostHandlers, ReadHandlers, TokenHandlers],
  providers: [domainRunner, networkRunner, fleetReader, ...accessProviders],
})
export class ApiModule {}
