import { screenOf, type ScreenPlace } from './core/screens.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal, type ChangePlacedDevice, type ObjectId, type PlacedDomain, type StartPlacedDomain } from '@virtbus/contracts';
import type { RunState } from '@virtbus/qmp';
import { parseDomain } from '@virtbus/libvirt-xml';
import { endedState, withProcess, type DomainEntry } from './core/domain-entry.js';
import type { DomainWorld } from './domain-world.js';
import type { LiveGuest } from './live-guest.js';
import type { Verb } from './core/lifecycle.js';
import type { WantedChange } from './devices/change-device.js';
import { dismantle, forget } from './dismantle.js';
import { passing } from './failpoints.js';
import { finishStart } from './finish-start.js';
import { LiveDomain } from './live-domain.js';
import type { RunningQemu } from './qemu/qemu.js';
import { refusalOf } from './refusal-of.js';
import { SerialQueues } from './serial.js';
import { SilentGuests } from './silent-guests.js';
import { startDomain } from './start-domain.js';
import { untilHeard } from './until-heard.js';

/** A guest that cannot be spoken to is asked again this often. */
const ADOPT_AGAIN_MS = 5_000;

/** A guest that is on its way out is waited for before its successor starts. */
const GOING: readonly DomainEntry['state'][] = ['shutdown', 'shutoff'];

const invalid = (words: string): Refusal => new Refusal('operation_invalid', `Requested operation is not valid: ${words}`);

/**
 * The domains of this host. Orders for one domain wait for each other. An order of an older placement than the newest one seen is
 * refused; the same order come twice finds its own work.
 */
export class DomainRunner {
  private readonly live = new Map<string, LiveDomain>();
  private readonly silent: SilentGuests;
  /** The newest placement of each domain that has ended here: an order for it, or for an older one, comes too late. */
  private readonly over = new Map<string, number>();
  private readonly queues = new SerialQueues();
  private closing = false;

  constructor(private readonly world: DomainWorld) {
    this.silent = new SilentGuests(world);
  }

  /** @throws Refusal */
  start(order: StartPlacedDomain, commandId: string): Promise<ObjectId> {
    return this.queues.run(order.uuid, async () => {
      const ending = this.live.get(order.uuid);
      if (ending && GOING.includes(ending.entry.state)) await ending.gone;
      const held = this.heldEntry(order.uuid);
      if (held) return this.alreadyHeld(held, order, commandId);
      if (this.silent.has(order.uuid)) throw this.silent.refusal(order);
      this.refuseEnded(order);
      try {
        const { entry, qemu } = await startDomain(order, commandId, this.world);
        const domain = this.keep(this.asLive(entry, qemu));
        await domain.booted();
        passing('start.told');
        return { uuid: order.uuid, name: order.name };
      } catch (thrown) {
        await this.reportEnd(order, 'failed', thrown instanceof Error ? thrown.message : String(thrown));
        throw refusalOf(thrown);
      }
    });
  }

  /** @throws Refusal no_domain, stale_epoch, operation_invalid and what QEMU refuses */
  perform(verb: Exclude<Verb, 'start'>, order: PlacedDomain): Promise<ObjectId> {
    return this.queues.run(order.uuid, async () => {
      const domain = this.live.get(order.uuid);
      if (!domain && verb === 'destroy' && this.silent.has(order.uuid)) return this.destroySilent(order);
      if (!domain) return this.performOnAbsent(order);
      this.refuseStale(domain.entry, order);
      try {
        await domain.perform(verb);
      } catch (thrown) {
        throw refusalOf(thrown);
      }
      return { uuid: order.uuid, name: order.name };
    });
  }

  /**
   * Does something to a running guest, in turn with every other order for it.
   * @throws Refusal no_domain, stale_epoch, operation_invalid and what QEMU refuses
   */
  operate<T>(order: PlacedDomain, act: (guest: LiveGuest) => Promise<T>): Promise<T> {
    return this.queues.run(order.uuid, async () => operateOn(await this.liveFor(order), act));
  }

  /** As `operate`, but at once when the guest runs: for what may take long and changes nothing that is on record here. */
  async beside<T>(order: PlacedDomain, act: (guest: LiveGuest) => Promise<T>): Promise<T> {
    // One that is starting is absent until it has started.
    const domain = this.live.has(order.uuid) ? this.liveFor(order) : this.queues.run(order.uuid, () => this.liveFor(order));
    return operateOn(await domain, act);
  }

  /** A running guest, to be looked at. */
  guest(uuid: string): LiveGuest | undefined {
    return this.live.get(uuid);
  }

  /** The guests that are live here. */
  guests(): LiveGuest[] {
    return [...this.live.values()];
  }

  /** Runs behind every order that is under way for a domain, if its guest is then still live. */
  whileLive(uuid: string, act: (guest: LiveGuest) => Promise<void>): Promise<void> {
    return this.queues.run(uuid, async () => {
      const domain = this.live.get(uuid);
      if (domain) await act(domain);
    });
  }

  /** Changes a device of the running guest, then, when it is to, of its definition. @throws Refusal */
  changeDevice(change: WantedChange, order: ChangePlacedDevice, commandId: string): Promise<ObjectId> {
    const { uuid, name, config } = order;
    return this.queues.run(uuid, async () => {
      const domain = this.live.get(uuid);
      if (!domain) return this.performOnAbsent(order);
      this.refuseStale(domain.entry, order);
      try {
        await domain.changeDevice(change, commandId);
      } catch (thrown) {
        throw refusalOf(thrown);
      }
      if (config) await this.world.definitions.revise({ uuid, ...change, commandId });
      return { uuid, name };
    });
  }

  /** The console sockets of a running domain, by alias. @throws Refusal operation_invalid */
  consoles(uuid: string): Readonly<Record<string, string>> {
    const domain = this.live.get(uuid);
    if (!domain) throw invalid('domain is not running');
    return domain.entry.consoles;
  }

  /** Where a running domain's screen is served; undefined when VNC shows none. @throws Refusal operation_invalid */
  screen(uuid: string): ScreenPlace | undefined {
    const domain = this.live.get(uuid);
    if (!domain) throw invalid('domain is not running');
    return screenOf(parseDomain(domain.entry.xml, { flavour: 'live' }), this.world.pathsOf(uuid).directory);
  }

  /** After a start of the agent: every guest on record is found again, or its end is reported. Nothing is killed. */
  async restore(): Promise<void> {
    const { values, unreadable } = await this.world.journal.readAll();
    for (const { file, cause } of unreadable) this.world.log.error(`${file} cannot be read; the guest in it is left as it is`, cause);
    const targets = values.flatMap((entry) => entry.interfaces.map((net) => net.target).filter((name) => name !== undefined));
    await this.world.links.reserveTapNames(targets);
    await Promise.all(values.map((entry) => this.queues.run(entry.uuid, () => this.adopt(entry)).catch(this.complainOf(entry))));
    await this.silent.findUnrecorded((uuid) => this.live.has(uuid));
  }

  /** One guest that cannot be found again keeps no other from it. */
  private complainOf({ name }: DomainEntry): (error: unknown) => void {
    return (error) => this.world.log.error(`domain '${name}' cannot be found again; what is there of it is left as it is`, error);
  }

  /** Lets go of every guest without touching it. */
  close(): void {
    this.closing = true;
    for (const domain of this.live.values()) domain.release();
    this.silent.close();
  }

  /** @throws Refusal no_domain, stale_epoch, operation_invalid */
  private async liveFor(order: PlacedDomain): Promise<LiveDomain> {
    const domain = this.live.get(order.uuid);
    if (!domain) return this.performOnAbsent(order);
    this.refuseStale(domain.entry, order);
    return domain;
  }

  private heldEntry(uuid: string): DomainEntry | undefined {
    return this.live.get(uuid)?.entry ?? this.silent.entryOf(uuid);
  }

  private alreadyHeld(held: DomainEntry, order: StartPlacedDomain, commandId: string): ObjectId {
    this.refuseStale(held, order);
    if (held.commandId !== commandId) throw invalid('domain is already running');
    return { uuid: order.uuid, name: order.name };
  }

  private refuseStale(held: DomainEntry, order: PlacedDomain): void {
    if (order.epoch >= held.epoch) return;
    const words = `domain '${order.name}' is held at placement ${held.epoch}, the order is for ${order.epoch}`;
    throw new Refusal('stale_epoch', `Requested operation is not valid: ${words}`);
  }

  private refuseEnded(order: PlacedDomain): void {
    const ended = this.over.get(order.uuid) ?? 0;
    if (order.epoch > ended) return;
    throw new Refusal('stale_epoch', `Requested operation is not valid: placement ${order.epoch} of domain '${order.name}' has ended here`);
  }

  private end(uuid: string, epoch: number): void {
    this.over.set(uuid, Math.max(epoch, this.over.get(uuid) ?? 0));
  }

  /** The placement may outlive its guest, or never have had one: saying so frees it. */
  private async performOnAbsent(order: PlacedDomain): Promise<never> {
    if (this.silent.has(order.uuid)) throw this.silent.refusal(order);
    await this.reportEnd(order, 'failed', 'domain is not running');
    throw invalid('domain is not running');
  }

  private async destroySilent(order: PlacedDomain): Promise<ObjectId> {
    const { uuid, name, epoch } = order;
    const entry = this.silent.entryOf(uuid);
    if (entry) this.refuseStale(entry, order);
    await this.silent.destroy(order);
    this.end(uuid, epoch);
    return { uuid, name };
  }

  private asLive(entry: DomainEntry, qemu: RunningQemu): LiveDomain {
    return new LiveDomain(entry, qemu, this.world, (act) => this.queues.run(entry.uuid, act));
  }

  private keep(domain: LiveDomain): LiveDomain {
    const { uuid } = domain.entry;
    this.live.set(uuid, domain);
    this.world.watch?.(domain);
    domain.gone
      .then(() => {
        this.end(uuid, domain.entry.epoch);
        if (this.live.get(uuid) === domain) this.live.delete(uuid);
      })
      .catch((error: unknown) => this.world.log.error(`domain '${domain.entry.name}' could not be taken away`, error));
    void domain.monitorLost.then((lost) => (lost ? this.queues.run(uuid, () => this.findAgain(domain)) : undefined));
    return domain;
  }

  /** The monitor is gone and QEMU is not (a line over the limit, a client that broke in): the guest is taken up anew. */
  private async findAgain(domain: LiveDomain): Promise<void> {
    const { entry } = domain;
    if (this.closing || this.live.get(entry.uuid) !== domain || entry.state === 'shutoff') return;
    this.world.log.warn(`the monitor of domain '${entry.name}' is lost; it is connected to again`);
    const { uuid, name, epoch } = entry;
    const happening = { uuid, name, epoch, detail: 'monitor', at: this.world.now(), hostId: this.world.hostId };
    void untilHeard(this.world, () => this.world.reports.domainEvent('controlerror', happening));
    domain.release();
    this.live.delete(entry.uuid);
    this.silent.keep(entry);
    await this.adopt(entry);
  }

  private async reportEnd({ uuid, name, epoch }: PlacedDomain, reason: string, error: string): Promise<void> {
    const { hostId, reports } = this.world;
    this.end(uuid, epoch);
    const since = this.world.now();
    const entry = { uuid, name, epoch } as DomainEntry;
    await reports.domainState(endedState(entry, hostId, { reason, since, error }));
    await reports.domainEvent('stopped', { uuid, name, detail: 'failed', at: since, hostId, epoch, error });
  }

  private async adopt(entry: DomainEntry): Promise<void> {
    const { uuid } = entry;
    const { directory, logFile } = this.world.pathsOf(uuid);
    const answer = await this.world.qemus.adopt({ directory, uuid, logFile, ...entry.process });
    switch (answer.type) {
      case 'adopted':
        this.silent.forget(uuid);
        return this.adopted(entry, answer.qemu, answer.status);
      case 'gone':
        this.silent.forget(uuid);
        return this.buried(entry, answer.lastWords);
      case 'unresponsive':
        this.silent.keep(entry, answer.process);
        this.world.log.warn(`domain '${entry.name}' runs (pid ${answer.process.pid}) but does not answer: ${answer.reason}`);
        return this.adoptLater(entry);
    }
  }

  private async adopted(entry: DomainEntry, qemu: RunningQemu, status: RunState): Promise<void> {
    this.world.log.log(`domain '${entry.name}' found again, pid ${qemu.pid}`);
    const live = withProcess(entry, qemu);
    if (entry.reason === 'starting-up') {
      const finished = await finishStart(entry, qemu, status, this.world);
      if (finished === 'booted') return this.keep(this.asLive(live, qemu)).booted();
      if (finished === 'taken back') return undefined;
    }
    return this.keep(this.asLive(live, qemu)).foundAgain(status);
  }

  private async buried(entry: DomainEntry, lastWords: string): Promise<void> {
    if (entry.reason === 'starting-up') return forget(entry, this.world);
    this.end(entry.uuid, entry.epoch);
    const known = entry.state === 'shutoff';
    const ended: DomainEntry = known ? entry : { ...entry, state: 'shutoff', reason: 'crashed', since: this.world.now() };
    const detail = known && entry.reason !== 'crashed' ? entry.reason : 'failed';
    await dismantle(ended, this.world, { detail, ...(lastWords && !known ? { error: lastWords } : {}) });
  }

  private adoptLater(entry: DomainEntry): void {
    const again = async (): Promise<void> => {
      if (!this.closing && this.silent.has(entry.uuid)) await this.adopt(entry);
    };
    void sleep(ADOPT_AGAIN_MS, undefined, { ref: false }).then(() => this.queues.run(entry.uuid, again));
  }
}

const operateOn = <T>(domain: LiveDomain, act: (guest: LiveGuest) => Promise<T>): Promise<T> =>
  domain.operate(act).catch((thrown: unknown) => {
    throw refusalOf(thrown);
  });
