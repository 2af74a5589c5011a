import { join } from 'node:path';
import type { Bus } from '@virtbus/messaging';
import { BusFilters } from './adapters/bus-filters.js';
import type { HostLinks } from './links/host-links.js';
import type { Links } from './links/links.js';
import { FilterDressing } from './nwfilter/filter-dressing.js';
import { FilterTables } from './nwfilter/filter-tables.js';
import { HostAddressLearner } from './nwfilter/host-address-learner.js';
import { Rejections } from './nwfilter/rejections.js';
import type { HostLog } from './ports.js';
import { HostShaping } from './shaping/host-shaping.js';
import type { Shaping } from './shaping/shaping.js';

/** How this host's links are made, shaped and filtered. */
export interface HostEnds {
  readonly links: Links;
  readonly shaping: Shaping;
  readonly filters: FilterDressing;
  /** Absent where nobody can be told what filters reject. */
  readonly rejections: Rejections | undefined;
}

interface Place {
  readonly stateDir: string;
  readonly netns?: string;
}

export async function openHostEnds(
  { stateDir, netns }: Place,
  bus: Bus,
  { links, log }: { links: HostLinks; log: HostLog },
): Promise<HostEnds> {
  const learner = await HostAddressLearner.open({ netns, file: join(stateDir, 'learned-addresses.json'), log });
  const source = await BusFilters.open(bus, log);
  return {
    links,
    shaping: HostShaping.open(netns),
    filters: new FilterDressing({ tables: new FilterTables(links.nftables), source, learner, log }),
    rejections: Rejections.open({ netns, log }),
  };
}

/** Nothing on the host changes. */
export async function closeHostEnds({ links, shaping, filters, rejections }: HostEnds): Promise<void> {
  filters.close();
  rejections?.close();
  await links.close();
  await shaping.close();
}
