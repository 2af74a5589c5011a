import { isDeepStrictEqual } from 'node:util';
import { defined, Refusal, type AllocatedPorts, type AllocatePorts, type HostNetwork, type NetworkRecord } from '@virtbus/contracts';
import type {
  ActualNetDef,
  CreatePort,
  FollowGuestMac,
  Port,
  PortKey,
  PortRecord,
  PortRequest,
  ReleasePorts,
  ShapePort,
} from '@virtbus/contracts';
import { overlayOf, parseNetwork, type NetworkDef } from '@virtbus/libvirt-xml';
import type { AddressBook } from './address-book.js';
import type { DeviceBook } from './device-book.js';
import { hostNetworkOf, spanning } from './core/host-network.js';
import { addressWishes } from './core/port-addresses.js';
import { reclaim } from './core/reclaim.js';
import { resolveActualNet } from './core/resolve-actual-net.js';
import type { Floors } from './floors.runner.js';
import { GuestMacs, keepingGuest } from './guest-macs.js';
import { networkFor, networkForHand } from './network-for.js';
import type { OverlayBook } from './overlay-book.js';
import { PortFloors } from './port-floors.js';
import { PortDevices, type Wishing } from './port-devices.js';
import { portOf } from './port-of.js';
import { macInUse, noPort, notReclaimed, refuseBridgeMac, refuseRepeatedMacs, staleEpoch } from './port-refusals.js';
import type { Announcements, At, Ledger, Networks } from './ports.js';

interface Wanted extends Wishing {
  readonly record: NetworkRecord;
  readonly network: NetworkDef;
}

/** What is asked for, and of a port that is made by hand what only such a one has. */
export type Asked = AllocatePorts & { readonly hand?: CreatePort };

/** Outcomes of putting one port into the ledger. */
type Entered =
  | { readonly type: 'made'; readonly port: PortRecord }
  | { readonly type: 'held'; readonly port: PortRecord }
  | { readonly type: 'taken'; readonly port: PortRecord; readonly by: PortRecord };

const asOf = (one: Wanted | undefined, port: PortRecord): Wanted[] => (one ? [{ ...one, port }] : []);

/** A port younger than this is not looked at. */
const SWEEP_AGE_MS = 2 * 60_000;

export interface Clock {
  now(): Date;
  newId(): string;
}

/** What is allocated. */
export interface Books {
  readonly ports: Ledger;
  readonly addresses: AddressBook;
  readonly overlays: OverlayBook;
  readonly devices: DeviceBook;
  readonly floors: Floors;
}

export class PortRunner {
  private readonly definitions = new WeakMap<NetworkRecord, NetworkDef>();
  private readonly promises: PortFloors;
  private readonly devices: PortDevices;
  private readonly guests: GuestMacs;

  constructor(
    private readonly networks: Networks,
    private readonly books: Books,
    private readonly announcements: Announcements,
    private readonly clock: Clock,
  ) {
    this.promises = new PortFloors(books, clock);
    this.devices = new PortDevices(books);
    this.guests = new GuestMacs(books.ports);
  }

  private get ledger(): Ledger {
    return this.books.ports;
  }

  /**
   * Ports for all of a domain's interfaces, or for none of them.
   * @throws Refusal no_network (also of another project's), operation_invalid (network not active), mac_in_use, pool_exhausted, config_unsupported, xml_error
   */
  async allocate(request: Asked): Promise<AllocatedPorts> {
    refuseRepeatedMacs(request.ports);
    const resolved = await Promise.all(request.ports.map((port) => this.want(request, port)));
    const wanted = await this.devices.lent(resolved);
    const entered = await this.enterAll(wanted, request.ports);
    const taken = entered.find((each) => each.type === 'taken');
    if (taken) {
      await this.undo(entered);
      await this.takeBack(entered.flatMap(({ type, port }, index) => (type === 'taken' ? asOf(wanted[index], port) : [])));
      throw macInUse(taken.by, taken.port.mac);
    }
    const granted = entered.filter((each) => each.type !== 'taken');
    for (const each of granted) if (each.type === 'made') this.announcements.allocated(each.port);
    return { ports: granted.map((each) => portOf(each.port)), networks: await this.plansOf(wanted) };
  }

  /** Gives ports back; what is not held, or held by a newer placement, is left alone. */
  async release(request: ReleasePorts): Promise<void> {
    const { except = [] } = request;
    const isKept = (port: PortKey): boolean => except.some(({ networkUuid, mac }) => networkUuid === port.networkUuid && mac === port.mac);
    const keys = request.ports ?? this.ledger.known().filter((port) => port.domain === request.domain && !isKept(port));
    await Promise.all(keys.map((key) => this.releaseOne(key, request)));
  }

  /**
   * Gives back what a crash has left: ports whose domain has ended, by its host's own word, long enough ago that nobody is about to.
   * @returns the ports given back
   */
  async sweep(hasEnded: (port: PortRecord) => Promise<boolean>): Promise<PortRecord[]> {
    const old = this.clock.now().getTime() - SWEEP_AGE_MS;
    const given: PortRecord[] = [];
    const aged = this.ledger.known().filter((each) => !each.byHand && Date.parse(each.allocatedAt) < old);
    for (const port of aged) {
      if (!(await hasEnded(port))) continue;
      await this.releaseOne(port, port);
      given.push(port);
    }
    await this.promises.sweep(old);
    return given;
  }

  /**
   * Changes the bandwidth of a port in use.
   * @throws Refusal no_network_port, stale_epoch, no_network, operation_invalid and operation_unsupported (see Floors)
   */
  async shape(request: ShapePort): Promise<Port> {
    const held = await this.ledger.read(request);
    if (held?.value.domain !== request.domain) throw noPort(request);
    if (held.value.epoch > request.epoch) throw staleEpoch(held.value.domainName, request.epoch);
    const record = await this.networks.byUuid(request.networkUuid);
    if (!record) throw new Refusal('no_network', `Network not found: no network with matching uuid '${request.networkUuid}'`);
    const port = await this.promises.reshaped(held.value, request.bandwidth, this.definitionOf(record));
    if ((await this.ledger.replace(port, held.revision)) === undefined) return this.shape(request);
    await this.promises.settle(held.value, port);
    return portOf(port);
  }

  /** @throws as GuestMacs.follow does; mac_in_use for the MAC of the bridge */
  async follow(request: FollowGuestMac): Promise<void> {
    const record = await this.networks.byUuid(request.networkUuid);
    if (record) refuseBridgeMac(this.definitionOf(record), request.guestMac);
    await this.guests.follow(request);
  }

  /**
   * What a host needs to have an active network now; undefined when it is not active.
   * @param activation what the host has
   * @throws Refusal no_network: the host keeps what it has, for a record that is lost, or was made anew, ends nothing, and a network that
   * has ended is let go by command
   */
  async plan(uuid: string, activation = 0): Promise<HostNetwork | undefined> {
    const record = await this.networks.byUuid(uuid);
    if (!record || record.activation < activation)
      throw new Refusal('no_network', `Network not found: no network with matching uuid '${uuid}'`);
    if (!record.active) return undefined;
    const network = this.definitionOf(record);
    await this.readdress(record, network);
    return this.planOf(record, network);
  }

  /** A definition that has changed may name other addresses for ports that there are. */
  private async readdress({ uuid }: NetworkRecord, network: NetworkDef): Promise<void> {
    for (const port of this.ledger.known().filter((each) => each.networkUuid === uuid)) {
      const wishes = addressWishes(network, port);
      const fits = wishes.every(({ family, fixed, allows }) => {
        const has = port.addresses?.find((each) => each.family === family)?.address;
        return has !== undefined && (fixed === undefined ? allows(has) : has === fixed);
      });
      if (fits) continue;
      const held = await this.ledger.read(port);
      if (held) await this.giveAddresses(held, network);
    }
  }

  private async giveAddresses({ value: port, revision }: At<PortRecord>, network: NetworkDef): Promise<void> {
    const addresses = await this.books.addresses.take(network, port);
    if (!isDeepStrictEqual(addresses, port.addresses ?? [])) await this.ledger.replace({ ...port, addresses }, revision);
  }

  private async planOf(record: NetworkRecord, network: NetworkDef): Promise<HostNetwork | undefined> {
    return hostNetworkOf(network, record, await this.books.overlays.of(network, record.uuid));
  }

  /** A network that stops loses its ports, as libvirt has it; guests that had them run on without. What has come since stays. */
  async networkStopped(uuid: string, at: Date): Promise<void> {
    const lost = this.ledger.known().filter((port) => port.networkUuid === uuid && Date.parse(port.allocatedAt) <= at.getTime());
    for (const port of lost) await this.releaseOne(port, port);
    await this.books.addresses.forgetReleased(uuid);
  }

  private async want({ hand, ...request }: Asked, wish: PortRequest): Promise<Wanted> {
    const record = await (hand ? networkForHand(hand, this.networks) : networkFor(request, wish.network, this.networks));
    const network = this.definitionOf(record);
    const resolution = resolveActualNet(wish, overlayOf(network) ? spanning(network) : network);
    if (resolution.type === 'refused') throw new Refusal(resolution.code, resolution.message);
    const { mac } = wish;
    const reclaimed = hand && reclaimedBy(hand, resolution.actual, record.name);
    refuseBridgeMac(network, mac);
    const taker = { networkUuid: record.uuid, mac, domainName: request.domainName };
    const addresses = await this.books.addresses.take(network, taker);
    const port: PortRecord = {
      id: hand?.id ?? this.clock.newId(),
      network: record.name,
      networkUuid: record.uuid,
      ...defined({ portGroup: wish.portGroup }),
      mac,
      actual: resolution.actual,
      ...(addresses.length > 0 ? { addresses } : {}),
      domain: request.domain,
      domainName: request.domainName,
      hostId: request.hostId,
      epoch: request.epoch,
      allocatedAt: this.clock.now().toISOString(),
      ...(hand && { byHand: hand.byHand }),
    };
    return { record, network, port, ...defined({ lacks: resolution.lacks, only: reclaimed }) };
  }

  /** Parsed once for each revision of a record: a changed network comes as another object. */
  private definitionOf(record: NetworkRecord): NetworkDef {
    let definition = this.definitions.get(record);
    if (!definition) {
      definition = parseNetwork(record.liveXml ?? record.xml);
      this.definitions.set(record, definition);
    }
    return definition;
  }

  /** Floors first: whoever has a port has what it promises. */
  private async enterAll(wanted: readonly Wanted[], wishes: readonly PortRequest[]): Promise<Entered[]> {
    const promised: Wanted[] = [];
    try {
      for (const each of wanted) promised.push({ ...each, port: await this.promises.promised(each.port, each.network) });
      return await Promise.all(promised.map(({ port }, index) => this.enter(port, wishes[index]?.anew ?? false)));
    } catch (error) {
      await this.takeBack([...promised, ...wanted.slice(promised.length)]);
      throw error;
    }
  }

  /** Of ports that are not to be: what they were promised and lent. */
  private async takeBack(wanted: readonly Wanted[]): Promise<void> {
    await Promise.all(wanted.map(({ port, network }) => this.promises.takeBack(port, network)));
    await this.devices.takeBack(wanted);
  }

  private async enter(port: PortRecord, anew: boolean): Promise<Entered> {
    const guest = this.guests.holderOf(port);
    if (guest) return { type: 'taken', port, by: guest };
    if ((await this.ledger.create(port)) !== undefined) return { type: 'made', port };
    const held = await this.ledger.read(port);
    if (!held) return this.enter(port, anew);
    if (held.value.domain !== port.domain) return { type: 'taken', port, by: held.value };
    if (held.value.epoch === port.epoch && !anew) return { type: 'held', port: held.value };
    if (held.value.epoch > port.epoch) throw staleEpoch(port.domainName, port.epoch);
    // The domain's former placement has ended, or it could not have been placed anew: its port goes over to this one.
    if ((await this.ledger.replace(keepingGuest(held.value, port), held.revision)) === undefined) return this.enter(port, anew);
    if (held.value.device !== port.device) await this.devices.release(held.value);
    await this.promises.settle(held.value, port);
    return { type: 'made', port };
  }

  private async undo(entered: readonly Entered[]): Promise<void> {
    const made = entered.filter((each) => each.type === 'made').map((each) => each.port);
    await Promise.all(made.map((port) => this.releaseOne(port, port)));
  }

  private async releaseOne(key: PortKey, owner: { readonly domain: string; readonly epoch: number }): Promise<void> {
    const held = await this.ledger.read(key);
    if (!held || held.value.domain !== owner.domain || held.value.epoch > owner.epoch) return;
    // The device first: a port that is still there finds it again, and gives it back again, when this is cut short.
    await this.devices.release(held.value);
    if (!(await this.ledger.remove(key, held.revision))) return;
    await this.promises.release(held.value);
    this.announcements.released(held.value);
    await this.books.addresses.release(key.networkUuid, key.mac);
  }

  private async plansOf(wanted: readonly Wanted[]): Promise<HostNetwork[]> {
    const byUuid = new Map(wanted.map((each) => [each.record.uuid, each] as const));
    const plans = await Promise.all([...byUuid.values()].map(({ record, network }) => this.planOf(record, network)));
    return plans.filter((plan) => plan !== undefined);
  }
}

/** The device that must be lent to a port that is plugged already. @throws Refusal operation_failed when the network would grant something else */
function reclaimedBy({ id, plug }: CreatePort, actual: ActualNetDef, network: string): Wishing['only'] {
  if (!plug) return undefined;
  const answer = reclaim(plug, actual, { id, network });
  if (answer.type === 'refused') throw notReclaimed(answer.words);
  return answer.device === undefined ? undefined : { device: answer.device, port: id };
}
