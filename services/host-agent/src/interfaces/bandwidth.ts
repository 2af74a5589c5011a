import { Refusal, type Bandwidth } from '@virtbus/contracts';
import { floorOf as floorOfPort, shapePlanOf, type FloorPlan, type ShapePlan } from '../core/shape-plan.js';
import type { Shaping } from '../shaping/shaping.js';
import type { Connection } from './connection.js';
import type { ConnectorWorld } from './connector.js';
import type { Dressing } from './dressing.js';

/** Kinds whose link can be shaped. A macvtap shares its guest's view: what it sends is what the guest sends. */
const tapKinds: readonly string[] = ['bridge', 'ethernet'];
const macvtapKinds: readonly string[] = ['direct'];

/** What was granted outweighs what was asked. */
export const bandwidthOf = ({ net, port }: Pick<Connection, 'net' | 'port'>): Bandwidth | undefined => {
  if (port) return port.actual.bandwidth;
  const { inbound, outbound } = net.bandwidth ?? {};
  return net.bandwidth && { ...(inbound ? { inbound: { ...inbound } } : {}), ...(outbound ? { outbound: { ...outbound } } : {}) };
};

/** Limits of an interface's traffic, and its floor on the bridge of its network. */
export class BandwidthDressing implements Dressing {
  readonly part = 'bandwidth';
  /** A link in between and a class of the bridge do not go with the tap. */
  readonly volatile = false;

  constructor(private readonly shaping: Shaping) {}

  wanted(connection: Connection): boolean {
    return bandwidthOf(connection) !== undefined;
  }

  async apply(connection: Connection, { log }: ConnectorWorld): Promise<void> {
    const { kind, target, alias } = connection;
    if (kind === 'hostdev') throw unshapable(connection);
    if (target === undefined || !isShapable(kind)) {
      log.warn(`the bandwidth of interface ${alias} is not limited: interfaces of type '${kind}' cannot be`);
      return;
    }
    await this.shaping.shape(target, planOf(connection));
    this.promise(connection);
  }

  async update(from: Connection, to: Connection, world: ConnectorWorld): Promise<void> {
    const [before, after] = [floorOf(from), floorOf(to)];
    if (before && (before.bridge !== after?.bridge || before.minor !== after.minor)) this.shaping.removeFloor(before.bridge, before.minor);
    if (this.wanted(to)) await this.apply(to, world);
    else if (to.target !== undefined) await this.shaping.unshape(to.target);
  }

  async remove(connection: Connection): Promise<void> {
    const floor = floorOf(connection);
    if (floor) this.shaping.removeFloor(floor.bridge, floor.minor);
    if (connection.target !== undefined && isShapable(connection.kind)) await this.shaping.unshape(connection.target);
  }

  mend(connection: Connection): Promise<readonly string[]> {
    return this.reconcile(connection);
  }

  async reconcile(connection: Connection): Promise<readonly string[]> {
    const { target, kind } = connection;
    if (target === undefined || !isShapable(kind)) return [];
    const plan = planOf(connection);
    const differences = this.shaping.differences(target, plan);
    if (differences.length > 0) await this.shaping.shape(target, plan);
    const floor = floorOf(connection);
    if (!floor || this.shaping.hasFloor(floor.bridge, floor)) return differences;
    this.promise(connection);
    return [...differences, `the floor of ${target} on ${floor.bridge} was gone`];
  }

  private promise(connection: Connection): void {
    const floor = floorOf(connection);
    if (floor) this.shaping.addFloor(floor.bridge, floor);
  }
}

const isShapable = (kind: string): boolean => tapKinds.includes(kind) || macvtapKinds.includes(kind);

function planOf(connection: Connection): ShapePlan {
  const { inbound, outbound } = bandwidthOf(connection) ?? {};
  const seen = macvtapKinds.includes(connection.kind) ? { inbound: outbound, outbound: inbound } : { inbound, outbound };
  return shapePlanOf({ ...(seen.inbound ? { inbound: seen.inbound } : {}), ...(seen.outbound ? { outbound: seen.outbound } : {}) });
}

function floorOf({ port, mac }: Connection): (FloorPlan & { readonly bridge: string }) | undefined {
  const floor = port && floorOfPort(port.actual);
  return floor && port.actual.bridge !== undefined ? { bridge: port.actual.bridge, mac, ...floor } : undefined;
}

const unshapable = ({ net }: Connection): Refusal =>
  new Refusal('config_unsupported', 'unsupported configuration: <bandwidth> is not supported for an interface that is an assigned device', {
    path: `/domain/devices/interface[mac/@address='${net.mac?.address ?? ''}']/bandwidth`,
  });
