import {
  defined,
  Refusal,
  type BindingRecord,
  type DomainState,
  type NwfilterBinding,
  type NwfilterBindingList,
  type NwfilterBindingQuestion,
  type NwfilterList,
  type NwfilterRecord,
  type PageQuestion,
} from '@virtbus/contracts';
import { severalHosts } from '../core/binding-host.js';
import { pageOf } from '../core/page.js';
import { bindingsOf, boundByHand, type Bound } from '../core/filter-bindings.js';

interface Entries<P> {
  entries(): readonly { readonly value: P }[];
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Filters and the links that have them, from watches. */
export class NwfilterReader {
  /** A definition is taken apart once: its state is another object when it has changed. */
  private readonly bound = new WeakMap<DomainState, Bound[]>();

  constructor(
    private readonly records: Entries<NwfilterRecord>,
    private readonly states: Entries<DomainState>,
    /** Those made by hand. */
    private readonly made: Entries<BindingRecord>,
    /** Makes these hold at least what their bucket's leader holds of a link: of those hosts, or of all. */
    private readonly fresh: (portDev: string, hosts?: readonly string[]) => Promise<void>,
  ) {}

  filters(question: PageQuestion): NwfilterList {
    const from = this.records.entries().flatMap(({ value: { uuid, name, removed } }) => (removed ? [] : [{ uuid, name }]));
    const { items, ...next } = pageOf({ from, keyOf: ({ name }) => name, show: (filter) => filter }, question);
    return { filters: [...items], ...next };
  }

  bindings(): Bound[] {
    const ofGuests = this.states.entries().flatMap(({ value }) => this.boundOf(value));
    const byHand = this.made.entries().map(({ value }) => boundByHand(value));
    return [...ofGuests, ...byHand].toSorted((a, b) => byText(a.hostId, b.hostId) || byText(a.portDev, b.portDev));
  }

  /** The same, without their XML. */
  list(question: PageQuestion): NwfilterBindingList {
    const show = ({ hostId, portDev, filter, mac, domain, domainName, byHand }: Bound): NwfilterBinding => ({
      ...{ hostId, portDev, filter, mac, domain, domainName },
      ...defined({ byHand }),
    });
    const keyOf = ({ hostId, portDev }: Bound): string => `${hostId} ${portDev}`;
    const { items, ...next } = pageOf({ from: this.bindings(), keyOf, show }, question);
    return { bindings: [...items], ...next };
  }

  private boundOf(state: DomainState): Bound[] {
    const found = this.bound.get(state) ?? bindingsOf(state);
    this.bound.set(state, found);
    return found;
  }

  /** As it is now, whatever this service has heard of. @throws Refusal no_nwfilter_binding; invalid_argument when several hosts have such a link */
  async binding(question: NwfilterBindingQuestion): Promise<Bound> {
    const known = this.matching(question);
    const { portDev, hostId } = question;
    const hosts =
      known.length > 0 ? known.filter(({ byHand }) => byHand).map((one) => one.hostId) : hostId === undefined ? undefined : [hostId];
    await this.fresh(portDev, hosts);
    const found = this.matching(question);
    const [binding, another] = found;
    if (!binding)
      throw new Refusal('no_nwfilter_binding', `Network filter binding not found: no nwfilter binding for port dev '${portDev}'`);
    if (!another) return binding;
    throw severalHosts(
      found.map((one) => one.hostId),
      portDev,
    );
  }

  private matching({ portDev, hostId }: NwfilterBindingQuestion): Bound[] {
    return this.bindings().filter((one) => one.portDev === portDev && (hostId === undefined || one.hostId === hostId));
  }
}
