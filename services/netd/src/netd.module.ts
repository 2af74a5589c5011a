import { randomUUID } from 'node:crypto';
import { Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Bus } from '@virtbus/messaging';
import { BusAnnouncements } from './adapters/bus-announcements.js';
import { BusLedger } from './adapters/bus-ledger.js';
import { BusNetworks } from './adapters/bus-networks.js';
import { PortHandlers } from './port.handlers.js';
import { PortRunner } from './port.runner.js';
import { Sweeper } from './sweeper.js';

const clock = { now: () => new Date(), newId: randomUUID };

const portRunner = {
  provide: PortRunner,
  inject: [Bus],
  useFactory: async (bus: Bus): Promise<PortRunner> => {
    const [networks, ledger] = await Promise.all([BusNetworks.open(bus), BusLedger.open(bus)]);
    return new PortRunner(networks, ledger, new BusAnnouncements(bus, new Logger('netd')), clock);
  },
};

const sweeping = {
  provide: Sweeper,
  inject: [Bus, PortRunner],
  useFactory: (bus: Bus, runner: PortRunner): Sweeper => new Sweeper(bus, runner, new Logger('netd')),
};

@Module({ controllers: [PortHandlers], providers: [portRunner, sweeping] })
export class NetdModule implements OnApplicationShutdown {
  constructor(@Inject(Sweeper) private readonly sweeper: Sweeper) {}

  onApplicationShutdown(): void {
    this.sweeper.stop();
  }
}
