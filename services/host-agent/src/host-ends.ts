import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Bus } from '@virtbus/messaging';
import { BusBindings } from './adapters/bus-bindings.js';
import { BusFilters } from './adapters/bus-filters.js';
import { JsonFiles } from './adapters/json-files.js';
import type { HostLinks } from './links/host-links.js';
import type { Links } from './links/links.js';
import { HostBoundLinks } from './nwfilter/bound-links.js';
import { FilterBindings, type KeptBinding } from './nwfilter/filter-bindings.js';
import { FilterTables } from './nwfilter/filter-tables.js';
import { HostAddressLearner } from './nwfilter/host-address-learner.js';
import { LinkFilters } from './nwfilter/link-filters.js';
import { Rejections } from './nwfilter/rejections.js';
import type { HostLog } from './ports.js';
import { HostShaping } from './shaping/host-shaping.js';
import type { Shaping } from './shaping/shaping.js';

/** How this host's links are made, shaped and filtered. */
export interface HostEnds {
  readonly links: Links;
  readonly shaping: Shaping;
  readonly filters: LinkFilters;
  /** Filters that somebody has put on links by hand. */
  readonly bindings: FilterBindings;
  /** Absent where nobody can be told what filters reject. */
  readonly rejections: Rejections | undefined;
  /** Closed last: until then no other host-agent works on this host. */
  readonly home: { close(): void };
}

interface Place {
  readonly hostId: string;
  readonly stateDir: string;
  readonly netns?: string;
  readonly home: HostEnds['home'];
}

interface Given {
  readonly links: HostLinks;
  readonly log: HostLog;
}

export async function openHostEnds(place: Place, bus: Bus, { links, log }: Given): Promise<HostEnds> {
  const { stateDir, netns, home } = place;
  const learner = await HostAddressLearner.open({ netns, file: join(stateDir, 'learned-addresses.json'), log });
  const source = await BusFilters.open(bus, log);
  const filters = new LinkFilters({ tables: new FilterTables(links.nftables), source, learner, log });
  return {
    links,
    shaping: HostShaping.open(netns),
    filters,
    bindings: await bindingsOf(place, bus, { filters, source, log }),
    rejections: Rejections.open({ netns, log }),
    home,
  };
}

async function bindingsOf(
  { hostId, stateDir, netns }: Place,
  bus: Bus,
  { filters, source, log }: { readonly filters: LinkFilters; readonly source: BusFilters; readonly log: HostLog },
): Promise<FilterBindings> {
  const bindings = new FilterBindings({
    hostId,
    filters,
    source,
    links: new HostBoundLinks(netns),
    store: await JsonFiles.open<KeptBinding>(join(stateDir, 'bindings')),
    facts: await BusBindings.open(bus, hostId),
    newUuid: randomUUID,
    log,
  });
  await bindings.restore();
  return bindings;
}

/** Nothing on the host changes. */
export async function closeHostEnds({ links, shaping, filters, bindings, rejections, home }: HostEnds): Promise<void> {
  bindings.close();
  filters.close();
  rejections?.close();
  await links.close();
  await shaping.close();
  home.close();
}
