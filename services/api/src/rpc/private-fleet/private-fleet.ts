import { randomBytes, randomUUID } from 'node:crypto';
import { localRoot } from '../../access/index.js';
import { DomainRunner } from '../../domain.runner.js';
import { FleetMemory, type Owned } from '../../fleet.memory.js';
import { NetworkRunner } from '../../network.runner.js';
import { PoolRunner } from '../../pools/pool.runner.js';
import { VolumeRunner } from '../../pools/volume.runner.js';
import { Sight } from '../../sight.js';
import { EventTeller } from '../event-teller.js';
import { uuidOfName } from '../named-uuid.js';
import { alwaysFresh, Known } from '../known.js';
import type { Gateway } from '../session.js';
import * as fixture from './fixture-table.js';
import { memoryViews } from './memory-view.js';
import { NotSimulated } from './not-simulated.js';
import { PrivateOrders } from './private-orders.js';
import { PrivateQuestions } from './private-questions.js';
import { completeSimulated } from './simulated-definition.js';
import { SimulatedInterfaces } from './simulated-interfaces.js';
import { SimulatedStorage } from './simulated-storage.js';
import { SimulatedHypervisor } from './simulated-hypervisor.js';
import { HeldNames, ViewRecords } from './view-records.js';

const clock = {
  now: () => new Date().toISOString(),
  newUuid: () => randomUUID() as string,
  newMac: () => `52:54:00:${[...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`,
};

/** Domain types that a simulated hypervisor takes. A demand knows two, and nothing is ever placed by it here. */
const simulatedTypes: Readonly<Record<string, 'kvm' | 'qemu'>> = { test: 'qemu', qemu: 'qemu', kvm: 'kvm' };

/**
 * A fleet of one client: facts in memory, the api's own runners on them, and a hypervisor that only remembers. It begins with the
 * fixture and ends with the connection. A safe place to develop clients against: nothing of the real fleet can be reached from it.
 */
export class PrivateFleet {
  private readonly views = memoryViews();
  private readonly memory = new FleetMemory(this.views);
  private readonly teller = new EventTeller(this.memory);
  private readonly hypervisor = new SimulatedHypervisor(this.views, clock.now, (what, happening) => this.tell('domain', what, happening));
  private readonly domains = new DomainRunner(
    new ViewRecords(this.views.domains),
    new HeldNames(),
    {
      isActive: async (uuid) => this.hypervisor.isActive(uuid),
      emulator: () => undefined,
      complete: completeSimulated,
      hypervisorOf: (type) => simulatedTypes[type],
    },
    clock,
  );
  private readonly networks = new NetworkRunner(new ViewRecords(this.views.networks), new HeldNames(), new HeldNames(), clock);
  private readonly storage = new SimulatedStorage(this.views);
  private readonly pools = new PoolRunner(new ViewRecords(this.views.pools), new HeldNames(), this.storage, clock);
  private readonly interfaces = new SimulatedInterfaces();
  private readonly questions = new PrivateQuestions(this.memory, clock.now);
  private readonly orders = new PrivateOrders({
    pools: this.pools,
    volumes: new VolumeRunner(this.pools, this.storage),
    storage: this.storage,
    domains: this.domains,
    networks: this.networks,
    hypervisor: this.hypervisor,
    questions: this.questions,
    newUuid: clock.newUuid,
    now: clock.now,
    tell: (kind, what, happening) => this.tell(kind, what, happening),
  });

  /** With the domain running and the network active that every private fleet begins with. */
  static async open(): Promise<PrivateFleet> {
    const fleet = new PrivateFleet();
    const { hostId } = fixture.host;
    fleet.views.hosts.put({ hostId }, { ...fixture.host, startedAt: clock.now() });
    const [network] = await fleet.networks.define(fixture.networkXml);
    if (network) await fleet.networks.start(network.record.uuid);
    const [pool] = await fleet.pools.define(fixture.pool.xml);
    if (pool) await fleet.pools.start(pool.record.uuid);
    const { uuid } = await fleet.domains.define(fixture.domainXml);
    fleet.hypervisor.start(await fleet.domains.record(uuid), { reason: 'unknown' });
    return fleet;
  }

  /** What the client's session is given in the place of the real fleet. */
  gateway(real: Gateway): Gateway {
    return {
      ...real,
      known: new Known(this.memory, alwaysFresh, new Sight({ identity: localRoot }, this.memory)),
      orders: this.orders,
      admit: () => undefined,
      tellRefused: async () => undefined,
      openLine: (of) => Promise.reject(new NotSimulated(`the console of ${of.uuid}`)),
      screenOf: async () => undefined,
      usage: async ({ record }) => this.questions.usage(record.uuid),
      events: this.teller,
      // A hypervisor that only remembers has no monitor that could say anything.
      monitors: { add: async () => () => undefined },
      hostname: fixture.host.hostname,
      uuid: uuidOfName(fixture.host.hostname),
      simulated: { ...fixture, interfaces: this.interfaces },
    };
  }

  private tell(kind: Owned, what: string, happening: { readonly uuid: string; readonly name: string }): void {
    this.teller.tell({ subject: `virtbus.v1.evt.${kind}.${happening.uuid}.${what}`, payload: happening });
  }
}
