import * as contracts from '@virtbus/contracts';
import { Refusal, type CreateNwfilterBinding, type NwfilterBindingId, type NwfilterBindingQuestion } from '@virtbus/contracts';
import { formatFilterBinding, parseFilterBinding, type FilterBindingDef } from '@virtbus/libvirt-xml';
import { hostOfBinding } from '../core/binding-host.js';
import { withMac, type Bound } from '../core/filter-bindings.js';
import { keepable } from '../core/kept-size.js';
import { placementIn, withoutPlacement, withPlacement, type Placed } from '../core/placement-element.js';
import { readingXml } from '../core/xml-refusal.js';

const NWFILTER = 33;

const document: Placed = {
  source: 'nwfilterbinding_definition',
  root: 'filterbinding',
  namespace: 'urn:virtbus:nwfilter-binding:1',
};

/** What is asked of a host. */
export interface BindingHosts {
  isHost(hostId: string): boolean;
  /** Ids of those that have not said good-bye. */
  present(): readonly string[];
  /** Where a domain is now. */
  hostOf(domain: string): string | undefined;
  /** Answers once this service knows what the host has said. @throws Refusal what the host refuses */
  make(hostId: string, order: contracts.MakeHostBinding): Promise<void>;
  remove(hostId: string, portDev: string): Promise<void>;
}

interface Reader {
  /** @throws Refusal no_nwfilter_binding, invalid_argument */
  binding(question: NwfilterBindingQuestion): Promise<Bound>;
}

/** Filters that somebody puts on links by hand. Each is its host's; here it is found out whose. */
export class BindingRunner {
  constructor(
    private readonly hosts: BindingHosts,
    private readonly reader: Reader,
    /** At which revision everything is there that a filter is made of. */
    private readonly revisionOf: (filter: string) => Promise<number>,
  ) {}

  /** @param by the command, which finds its own work when it comes again */
  async create({ xml, hostId: called }: CreateNwfilterBinding, by: string): Promise<NwfilterBindingId> {
    const written = readingXml(() => placementIn(xml, document));
    const binding = readingXml(() => parseFilterBinding(withoutPlacement(xml)));
    const portDev = binding.portdev.name;
    const known = {
      isHost: (id: string) => this.hosts.isHost(id),
      hosts: this.hosts.present(),
      ofOwner: this.hosts.hostOf(binding.owner.uuid),
    };
    const hostId = hostOfBinding({ portDev, called, written, ...known });
    if (!contracts.isLinkName(portDev)) throw noSuchLink(hostId, portDev);
    const { filter } = binding.filterref;
    const filters = await this.revisionOf(filter);
    await this.hosts.make(hostId, { portDev, xml: keepable(textOf(binding, called ?? written)), by, filters });
    return { hostId, portDev, filter };
  }

  async delete(question: NwfilterBindingQuestion): Promise<NwfilterBindingId> {
    const { hostId, portDev, filter } = await this.reader.binding(question);
    // Whether it is a guest's the host knows best.
    await this.hosts.remove(hostId, portDev);
    return { hostId, portDev, filter };
  }
}

/** As libvirt prints it: the filter is given the address of the card. */
function textOf(binding: FilterBindingDef, named: string | undefined): string {
  const { filter, parameter } = binding.filterref;
  const filterref = { filter, parameter: withMac(parameter, binding.mac.address) };
  return withPlacement(formatFilterBinding({ ...binding, filterref }), named, document);
}

/** A name that no link can have; in the words for one that no link has. */
const noSuchLink = (hostId: string, portDev: string): Refusal =>
  new Refusal('operation_failed', `operation failed: host '${hostId}' has no link '${portDev}'`, {
    path: '/filterbinding/portdev/@name',
    domain: NWFILTER,
  });
