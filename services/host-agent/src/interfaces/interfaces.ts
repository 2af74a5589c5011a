import type { Port, RxFilter } from '@virtbus/contracts';
import { LibvirtError, type NetDef } from '@virtbus/libvirt-xml';
import { passing } from '../failpoints.js';
import { refuseContradictions } from '../core/interface-rules.js';
import { unsupported } from '../core/plan-interfaces.js';
import { connectionOf, descriptorsOf, type Connection, type Handover, type Owner } from './connection.js';
import type { Connector, ConnectorWorld } from './connector.js';
import { connectors as allConnectors } from './connectors.js';
import type { Dressing, DressingPart } from './dressing.js';
import { dressings as allDressings } from './dressings.js';
import { openVhost, vhostOf, type VhostOpener } from './vhost.js';

/** An interface whose host's end is there, and what QEMU is to be given of it. */
export interface PluggedConnection {
  readonly connection: Connection;
  readonly handover: Handover;
}

export interface InterfacesNeed extends ConnectorWorld {
  readonly connectors?: Readonly<Record<string, Connector>>;
  readonly dressings?: readonly Dressing[];
  readonly openVhost?: VhostOpener;
}

/**
 * Interfaces of domains, whatever the kind of their connection: used alike by start, hot-plug, unplug, a restart of the agent and the end
 * of a domain. What is in the journal when is the caller's affair; `isVolatile` says what has to be there before `plug`.
 */
export class Interfaces {
  private readonly connectors: Readonly<Record<string, Connector>>;
  private readonly dressings: readonly Dressing[];
  private readonly openVhost: VhostOpener;

  constructor(private readonly world: InterfacesNeed) {
    this.connectors = world.connectors ?? allConnectors;
    this.dressings = world.dressings ?? allDressings;
    this.openVhost = world.openVhost ?? openVhost;
  }

  /**
   * Decides how an interface is to be connected and holds the name of its link. Nothing on the host changes.
   * @throws Refusal config_unsupported by element path, for a kind or a part that is not built; LinkError for a name that is taken
   */
  async reserve(owner: Owner, net: NetDef, port: Port | undefined): Promise<Connection> {
    const connection = connectionOf(owner, net, port);
    refuseContradictions(connection);
    this.refuseUnbuilt(connection);
    return { ...connection, ...(await this.connectorOf(connection).reserve(connection, this.world)) };
  }

  /** Whether all that `plug` makes goes with this process. If not, the connection must be in the journal before. */
  isVolatile(connection: Connection): boolean {
    return this.connectorOf(connection).volatile && this.wanted(connection).every((dressing) => dressing.volatile);
  }

  /** Whether `plug` makes a link that goes with this process, and nothing besides. @throws Refusal for a kind that is not built */
  isPlain(connection: Connection): boolean {
    return this.connectorOf(connection).volatile && this.wanted(connection).length === 0;
  }

  /** On failure nothing is left but the name, which `giveUp` frees. @throws LinkError, Refusal */
  async plug(reserved: Connection): Promise<PluggedConnection> {
    const { handover, ...changed } = await this.connectorOf(reserved).plug(reserved, this.world);
    const connection = { ...reserved, ...changed };
    passing('plug.made');
    const applied: Dressing[] = [];
    let given = handover;
    try {
      given = this.withVhost(connection, handover);
      for (const dressing of this.wanted(connection)) {
        applied.push(dressing);
        await dressing.apply(connection, this.world);
      }
    } catch (error) {
      await this.close({ connection, handover: given });
      await this.takeOff(connection, applied);
      await this.connectorOf(connection).unplug(connection, this.world);
      throw error;
    }
    passing('plug.dressed');
    return { connection, handover: given };
  }

  private withVhost(connection: Connection, handover: Handover): Handover {
    if (handover.type !== 'tap') return handover;
    const vhostFds = vhostOf(connection, handover.fds.length, this.openVhost);
    return vhostFds.length === 0 ? handover : { ...handover, vhostFds };
  }

  async activate(connections: readonly Connection[]): Promise<void> {
    for (const connection of connections) await this.connectorOf(connection).activate(connection, this.world);
  }

  async deactivate(connections: readonly Connection[]): Promise<void> {
    for (const connection of connections) await this.connectorOf(connection).deactivate(connection, this.world);
  }

  /** Closes this process's copies of what QEMU was to be given. */
  async close({ connection, handover }: PluggedConnection): Promise<void> {
    const fds = descriptorsOf(handover);
    if (fds.length > 0) await this.world.links.closeTap({ name: connection.target ?? connection.alias, fds });
  }

  /** Takes away everything that was made for an interface, then gives its name up. May be repeated. @throws LinkError */
  async unplug(connection: Connection): Promise<void> {
    await this.takeOff(connection, this.wanted(connection));
    passing('unplug.undressed');
    await this.connectorOf(connection).unplug(connection, this.world);
    passing('unplug.removed');
    this.giveUp(connection);
  }

  /** For a name that was held for nothing. */
  giveUp(connection: Connection): void {
    const { target } = connection;
    this.connectorOf(connection).giveUp?.(connection, this.world);
    if (target !== undefined) this.world.links.giveUpName(target);
  }

  /** @throws Refusal config_unsupported as `reserve` does; LibvirtError 84 for a change of kind */
  refuseChange(from: Connection, to: Connection): void {
    if (from.kind !== to.kind) {
      throw new LibvirtError('OPERATION_UNSUPPORTED', `cannot change network interface type to '${to.port?.actual.type ?? to.net.type}'`);
    }
    this.refuseUnbuilt(to);
  }

  /** The definition has changed while the guest runs. Shaping first, then the move, then the rest, as libvirt has it. @throws LinkError */
  async change(from: Connection, to: Connection, now: { readonly active: boolean }): Promise<void> {
    const changed = this.dressings.filter((dressing) => dressing.wanted(from) || dressing.wanted(to));
    const isShaping = ({ part }: Dressing): boolean => part === 'bandwidth';
    for (const dressing of changed.filter(isShaping)) await dressing.update(from, to, this.world);
    await this.connectorOf(to).change?.(from, to, this.world, now);
    for (const dressing of changed.filter((each) => !isShaping(each))) await dressing.update(from, to, this.world);
  }

  /** What a trusted guest has done to its card. Answers the connection as it then is, when that has changed. @throws LinkError */
  async follow(connection: Connection, filter: RxFilter, now: { readonly active: boolean }): Promise<Connection | undefined> {
    const made = await this.connectorOf(connection).follow?.(connection, filter, this.world, now);
    return made && { ...connection, made };
  }

  /** Puts right what was changed behind this agent's back, and says so. What fails is said too: no guest is harmed for it. */
  async reconcile(connection: Connection, now: { readonly active: boolean }): Promise<readonly string[]> {
    const said = [...(await this.connectorOf(connection).reconcile(connection, this.world, now))];
    for (const dressing of this.wanted(connection)) said.push(...(await dressing.reconcile(connection, this.world)));
    return said;
  }

  /** The same for the link, and of what is laid on it for what costs little: as often as the link changes. */
  async mendLink(connection: Connection, now: { readonly active: boolean }): Promise<readonly string[]> {
    const said = [...(await this.connectorOf(connection).reconcile(connection, this.world, now))];
    for (const dressing of this.wanted(connection)) said.push(...((await dressing.mend?.(connection)) ?? []));
    return said;
  }

  private async takeOff(connection: Connection, worn: readonly Dressing[]): Promise<void> {
    for (const dressing of worn.toReversed()) await dressing.remove(connection, this.world);
  }

  private wanted(connection: Connection): readonly Dressing[] {
    return this.dressings.filter((dressing) => dressing.wanted(connection));
  }

  private connectorOf({ kind, net }: Connection): Connector {
    const connector = this.connectors[kind];
    if (!connector) throw unsupported(net, `interface type='${kind}' cannot be started on this host`);
    return connector;
  }

  private refuseUnbuilt(connection: Connection): void {
    this.connectorOf(connection);
    const unbuilt = partsOf(connection).find((part) => !this.dressings.some((dressing) => dressing.part === part));
    if (unbuilt === undefined) return;
    throw unsupported(connection.net, `<${unbuilt}> of an interface is not applied by this version, and not passed over either`);
  }
}

/** What is to be laid on the link, as the interface or its network asks. */
function partsOf({ net, port }: Connection): DressingPart[] {
  const parts: DressingPart[] = [];
  if (net.bandwidth || port?.actual.bandwidth) parts.push('bandwidth');
  if ('filterref' in net && net.filterref) parts.push('filterref');
  if (net.coalesce) parts.push('coalesce');
  return parts;
}
