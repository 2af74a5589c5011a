/** What storage pools are made of, for Nest's injector. */
import { randomUUID } from 'node:crypto';
import { poolNames, poolRecords } from '@virtbus/contracts';
import { Bus } from '@virtbus/messaging';
import { BusNames } from '../adapters/bus-names.js';
import { BusRecords } from '../adapters/bus-records.js';
import { FLEET_VIEWS, type FleetViews } from '../fleet.views.js';
import { BusFreshness } from '../rpc/adapters/bus-freshness.js';
import { BusPoolHosts } from './pool-hosts.js';
import { PoolRunner } from './pool.runner.js';
import { StorageMemory } from './storage.memory.js';
import { StorageReader } from './storage.reader.js';
import { VolumeRunner } from './volume.runner.js';

const poolHosts = {
  provide: BusPoolHosts,
  inject: [Bus, FLEET_VIEWS],
  useFactory: (bus: Bus, views: FleetViews): BusPoolHosts => new BusPoolHosts(bus, views),
};

const poolRunner = {
  provide: PoolRunner,
  inject: [Bus, BusPoolHosts],
  useFactory: (bus: Bus, hosts: BusPoolHosts): PoolRunner => {
    const records = bus.bucket(poolRecords);
    const names = new BusNames(bus.bucket(poolNames), async (uuid, name) => (await records.get({ uuid }))?.value.name === name);
    return new PoolRunner(new BusRecords(records, bus.bucket(poolNames)), names, hosts, { newUuid: randomUUID });
  },
};

const volumeRunner = {
  provide: VolumeRunner,
  inject: [PoolRunner, BusPoolHosts],
  useFactory: (pools: PoolRunner, hosts: BusPoolHosts): VolumeRunner => new VolumeRunner(pools, hosts),
};

const storageReader = {
  provide: StorageReader,
  inject: [Bus, FLEET_VIEWS],
  useFactory: (bus: Bus, views: FleetViews): StorageReader => {
    const freshness = new BusFreshness(bus, views);
    return new StorageReader(new StorageMemory(views), (pool) => freshness.pool(pool));
  },
};

export const poolProviders = [poolHosts, poolRunner, volumeRunner, storageReader];
