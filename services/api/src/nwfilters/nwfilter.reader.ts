import {
  Refusal,
  type DomainState,
  type NwfilterBinding,
  type NwfilterBindingList,
  type NwfilterBindingQuestion,
  type NwfilterList,
  type NwfilterRecord,
  type PageQuestion,
} from '@virtbus/contracts';
import { pageOf } from '../core/page.js';
import { bindingsOf, type Bound } from '../core/filter-bindings.js';

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
  ) {}

  filters(question: PageQuestion): NwfilterList {
    const from = this.records.entries().flatMap(({ value: { uuid, name, removed } }) => (removed ? [] : [{ uuid, name }]));
    const { items, ...next } = pageOf({ from, keyOf: ({ name }) => name, show: (filter) => filter }, question);
    return { filters: [...items], ...next };
  }

  bindings(): Bound[] {
    return this.states
      .entries()
      .flatMap(({ value }) => this.boundOf(value))
      .toSorted((a, b) => byText(a.hostId, b.hostId) || byText(a.portDev, b.portDev));
  }

  /** The same, without their XML. */
  list(question: PageQuestion): NwfilterBindingList {
    const show = ({ hostId, portDev, filter, mac, domain, domainName }: Bound): NwfilterBinding => ({
      ...{ hostId, portDev, filter, mac, domain, domainName },
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

  /** @throws Refusal no_nwfilter_binding; invalid_argument when several hosts have a link of that name */
  bindingXml({ portDev, hostId }: NwfilterBindingQuestion): string {
    const found = this.bindings().filter((one) => one.portDev === portDev && (hostId === undefined || one.hostId === hostId));
    const [binding, another] = found;
    if (!binding)
      throw new Refusal('no_nwfilter_binding', `Network filter binding not found: no nwfilter binding for port dev '${portDev}'`);
    if (!another) return binding.xml;
    const hosts = found.map((one) => one.hostId).join(', ');
    throw new Refusal('invalid_argument', `invalid argument: hosts ${hosts} each have a link '${portDev}' with a filter; name the host`, {
      domain: 33,
    });
  }
}
