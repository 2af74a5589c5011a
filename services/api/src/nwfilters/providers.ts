/** What network filters are made of, for Nest's injector. */
import { randomUUID } from 'node:crypto';
import { nwfilterNames, nwfilterRecords } from '@virtbus/contracts';
import { Bus } from '@virtbus/messaging';
import { BusNames } from '../adapters/bus-names.js';
import { BusRecords } from '../adapters/bus-records.js';
import { FLEET_VIEWS, type FleetViews } from '../fleet.views.js';
import { BusBindingHosts } from './binding-hosts.js';
import { BindingRunner } from './binding.runner.js';
import { NwfilterReader } from './nwfilter.reader.js';
import { NwfilterRunner } from './nwfilter.runner.js';

const bindingHosts = {
  provide: BusBindingHosts,
  inject: [Bus, FLEET_VIEWS],
  useFactory: (bus: Bus, views: FleetViews): BusBindingHosts => new BusBindingHosts(bus, views),
};

const nwfilterReader = {
  provide: NwfilterReader,
  inject: [Bus, FLEET_VIEWS, BusBindingHosts],
  useFactory: async (bus: Bus, { states, bindings }: FleetViews, hosts: BusBindingHosts): Promise<NwfilterReader> => {
    const fresh = (portDev: string, of?: readonly string[]): Promise<void> => hosts.fresh(portDev, of);
    return new NwfilterReader(await bus.bucket(nwfilterRecords).view(), states, bindings, fresh);
  },
};

const nwfilterRunner = {
  provide: NwfilterRunner,
  inject: [Bus, NwfilterReader],
  useFactory: async (bus: Bus, reader: NwfilterReader): Promise<NwfilterRunner> => {
    const records = bus.bucket(nwfilterRecords);
    const isNamed = async (uuid: string, name: string): Promise<boolean> => {
      const held = (await records.get({ uuid }))?.value;
      return held?.name === name && !held.removed;
    };
    const names = new BusNames(bus.bucket(nwfilterNames), isNamed);
    const used = (): string[] => reader.bindings().map(({ filter }) => filter);
    const runner = new NwfilterRunner(new BusRecords(records, bus.bucket(nwfilterNames)), names, { newUuid: randomUUID }, used);
    await runner.seed();
    return runner;
  },
};

const bindingRunner = {
  provide: BindingRunner,
  inject: [BusBindingHosts, NwfilterReader, NwfilterRunner],
  useFactory: (hosts: BusBindingHosts, reader: NwfilterReader, filters: NwfilterRunner): BindingRunner =>
    new BindingRunner(hosts, reader, (filter) => filters.revisionOf(filter)),
};

export const nwfilterProviders = [bindingHosts, nwfilterReader, nwfilterRunner, bindingRunner];
