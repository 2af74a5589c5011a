import { setImmediate as nextTurn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Port, StartPlacedDomain } from '@virtbus/contracts';
import type { DomainDef } from '@virtbus/libvirt-xml';
import { withSpan } from '@virtbus/telemetry';
import { isOnNetwork } from './core/plan-interfaces.js';
import type { DomainWorld } from './domain-world.js';
import { connectionOf, descriptorsOf, type Connection } from './interfaces/connection.js';
import type { PluggedConnection } from './interfaces/interfaces.js';
import type { Granted } from './interfaces/foresight.js';
import { Undo } from './undo.js';

/** The host's ends of the interfaces of a domain that starts. */
export class StartInterfaces {
  private readonly undo: Undo;
  private handedOver = false;

  constructor(
    private readonly order: StartPlacedDomain,
    private readonly world: DomainWorld,
  ) {
    this.undo = new Undo(world.log);
  }

  /** Decides how each is connected and holds the names. */
  async reserve(definition: DomainDef, ports: readonly Port[]): Promise<Connection[]> {
    const { interfaces } = this.world;
    const reserved: Connection[] = [];
    for (const { owner, net, port } of this.wanted(definition, ports)) {
      const connection = await interfaces.reserve(owner, net, port);
      this.undo.push(`give up the name ${connection.target ?? ''}`, async () => interfaces.giveUp(connection));
      reserved.push(connection);
    }
    return reserved;
  }

  /** @throws Refusal xml_error for an interface without a MAC */
  wanted({ type, devices }: DomainDef, ports: readonly Port[]): Connection[] {
    const { uuid, name } = this.order;
    const owner = { uuid, name, type, directory: this.world.pathsOf(uuid).directory };
    const onNetworks = devices.interface.filter(isOnNetwork);
    return devices.interface.map((net) => connectionOf(owner, net, isOnNetwork(net) ? ports[onNetworks.indexOf(net)] : undefined));
  }

  /** What goes with this process is made at once; the rest once the journal is on the disk. */
  async plug(reserved: readonly Connection[], recording: Promise<void>): Promise<PluggedConnection[]> {
    const { interfaces } = this.world;
    const plugged: PluggedConnection[] = [];
    await withSpan('tap.plug', { count: reserved.length }, async () => {
      for (const connection of reserved) {
        if (!interfaces.isVolatile(connection)) await recording;
        // The kernel is asked and waited for in this thread: what has come meanwhile is seen to in between.
        await nextTurn();
        const done = await interfaces.plug(connection);
        this.undo.push(`unplug ${done.connection.alias} of domain '${this.order.name}'`, () => this.unplug(done));
        plugged.push(done);
      }
    });
    return plugged;
  }

  /** What QEMU is given. From here on the descriptors are no longer ours to close. */
  handOver(plugged: readonly PluggedConnection[]): number[] {
    this.handedOver = true;
    return plugged.flatMap(({ handover }) => descriptorsOf(handover));
  }

  takeBack(): Promise<void> {
    return this.undo.run();
  }

  private async unplug(plugged: PluggedConnection): Promise<void> {
    if (!this.handedOver) await this.world.interfaces.close(plugged);
    await this.world.interfaces.unplug(plugged.connection);
  }
}

/** Taps that were made while netd was asked, as it was expected to answer. */
export interface PluggedAhead {
  readonly definition: DomainDef;
  readonly foreseen: Granted;
  readonly interfaces: StartInterfaces;
  readonly plugged: readonly PluggedConnection[];
}

/**
 * Makes the taps of a domain before its ports are granted: a tap by itself forwards nothing for the guest's address, and goes with this
 * process. Undefined where there is no guess, and for what has more to it than a tap on a bridge that is there. Leaves nothing then.
 */
export async function plugAhead(
  definition: DomainDef,
  foreseen: Granted | undefined,
  { order, world }: { readonly order: StartPlacedDomain; readonly world: DomainWorld },
): Promise<PluggedAhead | undefined> {
  if (!foreseen?.networks.every((network) => world.networks.isThere(network))) return undefined;
  const interfaces = new StartInterfaces(order, world);
  try {
    if (!interfaces.wanted(definition, foreseen.ports).every((connection) => world.interfaces.isPlain(connection))) return undefined;
    const reserved = await interfaces.reserve(definition, foreseen.ports);
    return { definition, foreseen, interfaces, plugged: await interfaces.plug(reserved, Promise.resolve()) };
  } catch {
    // The same is met again, and told, once the ports are granted.
    await interfaces.takeBack();
    return undefined;
  }
}

/** The taps with the ports that were granted, when those are as expected. */
export function confirmed({ foreseen, plugged }: PluggedAhead, granted: Granted, world: DomainWorld): PluggedConnection[] | undefined {
  const asExpected = isDeepStrictEqual(granted.ports.map(placeOf), foreseen.ports.map(placeOf));
  if (!asExpected || !granted.networks.every((network) => world.networks.isThere(network))) return undefined;
  const byMac = new Map(granted.ports.map((port) => [`${port.networkUuid} ${port.mac}`, port]));
  return plugged.map(({ connection, handover }) => {
    const { port } = connection;
    const own = port && byMac.get(`${port.networkUuid} ${port.mac}`);
    return { handover, connection: own ? { ...connection, port: own } : connection };
  });
}

const placeOf = ({ network, networkUuid, portGroup, mac, actual }: Port) => ({ network, networkUuid, portGroup, mac, actual });
