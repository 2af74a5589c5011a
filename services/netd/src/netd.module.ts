import { randomUUID } from 'node:crypto';
import { Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Bus } from '@virtbus/messaging';
import { AddressBook } from './address-book.js';
import { BusAddresses } from './adapters/bus-addresses.js';
import { BusAnnouncements } from './adapters/bus-announcements.js';
import { BusDevices } from './adapters/bus-devices.js';
import { BusFloorBooks } from './adapters/bus-floor-books.js';
import { BusLedger } from './adapters/bus-ledger.js';
import { BusNetworks } from './adapters/bus-networks.js';
import { BusVnis } from './adapters/bus-vnis.js';
import { DeviceBook } from './device-book.js';
import { Floors } from './floors.runner.js';
import { HandPorts } from './hand-ports.runner.js';
import { OverlayBook } from './overlay-book.js';
import { PortHandlers } from './port.handlers.js';
import { PortRunner, type Books } from './port.runner.js';
import { Sweeper } from './sweeper.js';

const clock = { now: () => new Date(), newId: randomUUID };

const BOOKS = Symbol('Books');
const books = {
  provide: BOOKS,
  inject: [Bus],
  useFactory: async (bus: Bus): Promise<Books> => {
    const [ports, addresses, devices, floors] = await Promise.all([
      BusLedger.open(bus),
      BusAddresses.open(bus),
      BusDevices.open(bus),
      BusFloorBooks.open(bus),
    ]);
    return {
      ports,
      addresses: new AddressBook(addresses, clock.now),
      overlays: new OverlayBook(new BusVnis(bus), clock.now),
      devices: new DeviceBook(devices, devices, clock.now),
      floors: new Floors(floors),
    };
  },
};

const portRunner = {
  provide: PortRunner,
  inject: [Bus, BOOKS],
  useFactory: async (bus: Bus, kept: Books): Promise<PortRunner> => {
    const networks = await BusNetworks.open(bus);
    return new PortRunner(networks, kept, new BusAnnouncements(bus, new Logger('netd')), clock);
  },
};

const handPorts = {
  provide: HandPorts,
  inject: [PortRunner, BOOKS],
  useFactory: (runner: PortRunner, { ports }: Books): HandPorts => new HandPorts(runner, ports, clock),
};

const sweeping = {
  provide: Sweeper,
  inject: [Bus, PortRunner, BOOKS],
  useFactory: (bus: Bus, runner: PortRunner, kept: Books): Sweeper => new Sweeper(bus, runner, kept, new Logger('netd')),
};

@Module({ controllers: [PortHandlers], providers: [books, portRunner, handPorts, sweeping] })
export class NetdModule implements OnApplicationShutdown {
  constructor(@Inject(Sweeper) private readonly sweeper: Sweeper) {}

  onApplicationShutdown(): void {
    this.sweeper.stop();
  }
}
