import type { BindingRecord, MakeHostBinding } from '@virtbus/contracts';
import { parseFilterBinding } from '@virtbus/libvirt-xml';
import { bindingExists, linkMissing, noBinding, ofInterface } from '../core/nwfilter/binding-refusals.js';
import { passing } from '../failpoints.js';
import type { HostLog, Store } from '../ports.js';
import { refusalOf } from '../refusal-of.js';
import { SerialQueues } from '../serial.js';
import type { BoundLinks, LinkIdentity } from './bound-links.js';
import type { Bound } from './filter-dressing.js';
import type { FilterSource } from './filter-source.js';
import type { FilteredLink, LinkFilters } from './link-filters.js';

/** What the agent keeps on local disk about a filter that somebody has put on a link: written before there are rules, removed after them. */
export interface KeptBinding {
  readonly format: 1;
  /** The file's. */
  readonly uuid: string;
  readonly portDev: string;
  /** The link itself: another of the same name has no filter. */
  readonly link: LinkIdentity;
  readonly xml: string;
  /** The command that has made it. */
  readonly by: string;
  /** What was begun; an agent that finds it takes the filter off. */
  readonly stage?: 'making' | 'removing';
}

/** What this host tells the fleet. */
export interface BindingFacts {
  /** The names of links of which the fleet was told. */
  told(): readonly string[];
  /** @returns the revision at which it is written */
  has(record: BindingRecord): Promise<number>;
  lost(portDev: string): Promise<void>;
}

export interface BindingNeed {
  readonly hostId: string;
  readonly filters: Pick<LinkFilters, 'apply' | 'remove' | 'reconcile' | 'holderOf'>;
  readonly source: Pick<FilterSource, 'reached'>;
  readonly links: BoundLinks;
  readonly store: Store<KeptBinding>;
  readonly facts: BindingFacts;
  readonly newUuid: () => string;
  readonly log: HostLog;
}

/**
 * Filters that somebody has put on links of this host. Each lives as long as its link: a restart of the agent leaves it in place, and a link
 * that is gone takes it along.
 */
export class FilterBindings implements Bound {
  private readonly kept = new Map<string, KeptBinding>();
  private readonly queues = new SerialQueues();
  private watch: { close(): void } | undefined;

  constructor(private readonly need: BindingNeed) {}

  /** Finds again what was there, takes off what was begun, and follows the links from now on. */
  async restore(): Promise<void> {
    const { values, unreadable } = await this.need.store.readAll();
    for (const { file, cause } of unreadable)
      this.need.log.error(`${file} cannot be read: the filter that it tells of is not looked after`, cause);
    for (const kept of values) this.kept.set(kept.portDev, kept);
    for (const kept of values) await this.inOrder(kept.portDev, 'found again', () => this.recover(kept.portDev));
    for (const portDev of this.need.facts.told()) {
      if (!this.kept.has(portDev)) await this.inOrder(portDev, 'forgotten', () => this.need.facts.lost(portDev));
    }
    this.watch = this.need.links.watch((index) => void this.look(index));
  }

  close(): void {
    this.watch?.close();
  }

  /** Takes off what has lost its link, or should have been taken off, and tells what was not heard: of one link, by its number, or of all. */
  async look(index?: number): Promise<void> {
    const concerned = [...this.kept.values()].filter(({ link }) => index === undefined || link.index === index);
    for (const { portDev } of concerned) await this.inOrder(portDev, 'looked at', () => this.lookAt(portDev));
  }

  private async lookAt(portDev: string): Promise<void> {
    const { facts, hostId } = this.need;
    const kept = await this.tidied(portDev);
    if (kept && !facts.told().includes(portDev)) await facts.has(recordOf(hostId, kept));
  }

  /** @throws Refusal operation_failed when there is no such link or it has a filter, and what the filter's rules refuse */
  make(order: MakeHostBinding): Promise<{ readonly revision: number }> {
    const { portDev, xml, by, filters = 0 } = order;
    return this.queues.run(portDev, async () => {
      const held = await this.tidied(portDev);
      if (held && held.by === by) return { revision: await this.need.facts.has(recordOf(this.need.hostId, held)) };
      const link = this.need.links.identityOf(portDev);
      if (!link) throw linkMissing(this.need.hostId, portDev);
      if (held ?? this.need.filters.holderOf(portDev)) throw bindingExists(portDev);
      await this.need.source.reached(filters);
      return { revision: await this.put({ format: 1, uuid: this.need.newUuid(), portDev, link, xml, by }) };
    });
  }

  /** @throws Refusal no_nwfilter_binding; operation_invalid for the filter of a guest's interface */
  remove(portDev: string): Promise<{ readonly revision: number }> {
    return this.queues.run(portDev, async () => {
      const held = await this.tidied(portDev);
      if (!held) throw this.need.filters.holderOf(portDev) ? ofInterface(portDev) : noBinding(portDev);
      await this.takeOff(held);
      return { revision: 0 };
    });
  }

  unlessBound<T>(portDev: string, act: () => Promise<T>): Promise<T> {
    return this.queues.run(portDev, async () => {
      if (await this.tidied(portDev)) throw bindingExists(portDev);
      return act();
    });
  }

  /** Either all of it is there when this returns, or nothing. */
  private async put(made: KeptBinding): Promise<number> {
    const { store, facts, filters, hostId } = this.need;
    const making: KeptBinding = { ...made, stage: 'making' };
    const filtered = filteredOf(made);
    this.kept.set(made.portDev, making);
    try {
      await store.write(made.uuid, making);
      passing('bind.journalled');
      await filters.apply(filtered);
      passing('bind.filtered');
      const revision = await facts.has(recordOf(hostId, made));
      passing('bind.told');
      await store.write(made.uuid, made);
      this.kept.set(made.portDev, made);
      return revision;
    } catch (thrown) {
      await this.takeOff(making).catch((error: unknown) => this.need.log.error(`the filter of ${made.portDev} is taken off later`, error));
      throw refusalOf(thrown);
    }
  }

  /** The binding of a link, if it still is one. */
  private async tidied(portDev: string): Promise<KeptBinding | undefined> {
    const kept = this.kept.get(portDev);
    if (!kept || (kept.stage === undefined && this.need.links.has(kept.portDev, kept.link))) return kept;
    if (kept.stage === undefined) this.need.log.log(`${portDev} is gone, and its filter with it`);
    await this.takeOff(kept);
    return undefined;
  }

  private async takeOff(kept: KeptBinding): Promise<void> {
    const { store, facts, filters } = this.need;
    const { uuid, portDev } = kept;
    const removing: KeptBinding = { ...kept, stage: 'removing' };
    this.kept.set(portDev, removing);
    await store.write(uuid, removing);
    passing('unbind.journalled');
    await filters.remove(portDev);
    passing('unbind.unfiltered');
    await facts.lost(portDev);
    passing('unbind.told');
    await store.remove(uuid);
    this.kept.delete(portDev);
  }

  private async recover(portDev: string): Promise<void> {
    const { filters, facts, hostId, log } = this.need;
    const kept = await this.tidied(portDev);
    if (!kept) return;
    if (await filters.reconcile(filteredOf(kept))) log.warn(`the packet filter of ${portDev} was not as it should be`);
    await facts.has(recordOf(hostId, kept));
  }

  private inOrder(portDev: string, what: string, act: () => Promise<unknown>): Promise<void> {
    return this.queues.run(portDev, async () => {
      await act().catch((error: unknown) => this.need.log.error(`the filter of ${portDev} is not ${what}: it is as it was`, error));
    });
  }
}

function filteredOf({ portDev, xml }: KeptBinding): FilteredLink {
  const { mac, filterref } = parseFilterBinding(xml);
  return { link: portDev, mac: mac.address, ref: filterref, of: 'binding' };
}

function recordOf(hostId: string, { portDev, xml }: KeptBinding): BindingRecord {
  const { owner, mac, filterref } = parseFilterBinding(xml);
  return { hostId, portDev, filter: filterref.filter, mac: mac.address, domain: owner.uuid, domainName: owner.name, xml };
}
