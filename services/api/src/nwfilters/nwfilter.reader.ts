import {
  Refusal,
  type DomainState,
  type NwfilterBinding,
  type NwfilterBindingQuestion,
  type NwfilterRecord,
  type ObjectId,
} from '@virtbus/contracts';
import { bindingsOf, type Bound } from '../core/filter-bindings.js';

interface Entries<P> {
  entries(): readonly { readonly value: P }[];
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Filters and the links that have them, from watches. */
export class NwfilterReader {
  constructor(
    private readonly records: Entries<NwfilterRecord>,
    private readonly states: Entries<DomainState>,
  ) {}

  filters(): ObjectId[] {
    return this.records
      .entries()
      .flatMap(({ value: { uuid, name, removed } }) => (removed ? [] : [{ uuid, name }]))
      .toSorted((a, b) => byText(a.name, b.name));
  }

  bindings(): Bound[] {
    return this.states
      .entries()
      .flatMap(({ value }) => bindingsOf(value))
      .toSorted((a, b) => byText(a.hostId, b.hostId) || byText(a.portDev, b.portDev));
  }

  /** The same, without their XML. */
  list(): NwfilterBinding[] {
    return this.bindings().map(({ hostId, portDev, filter, mac, domain, domainName }) => ({
      hostId,
      portDev,
      filter,
      mac,
      domain,
      domainName,
    }));
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
