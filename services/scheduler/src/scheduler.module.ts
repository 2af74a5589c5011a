import { Module } from '@nestjs/common';
import { Bus } from '@virtbus/messaging';
import { BusDecisions } from './adapters/bus-decisions.js';
import { ClaimBook } from './adapters/claim-book.js';
import { FleetView } from './adapters/fleet-view.js';
import { DeviceHandlers } from './device.handlers.js';
import { PlacementHandlers } from './placement.handlers.js';
import { PlacementRunner } from './placement.runner.js';

const placementRunner = {
  provide: PlacementRunner,
  inject: [Bus],
  useFactory: async (bus: Bus): Promise<PlacementRunner> => {
    const book = await ClaimBook.open(bus);
    return new PlacementRunner(await FleetView.open(bus, book), new BusDecisions(bus, book));
  },
};

@Module({ controllers: [PlacementHandlers, DeviceHandlers], providers: [placementRunner] })
export class SchedulerModule {}
