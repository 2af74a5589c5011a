import type { DomainSummary, NetworkSummary } from '@virtbus/contracts';

/** The options of `list` that choose domains. */
export interface ListFilter {
  readonly all: boolean;
  readonly inactive: boolean;
  readonly persistent: boolean;
  readonly transient: boolean;
  readonly autostart: boolean;
  readonly 'no-autostart': boolean;
  readonly 'state-running': boolean;
  readonly 'state-paused': boolean;
  readonly 'state-shutoff': boolean;
  readonly 'state-other': boolean;
}

/** The options of `net-list` that choose networks. */
export type NetworkFilter = Pick<ListFilter, 'all' | 'inactive' | 'persistent' | 'transient' | 'autostart' | 'no-autostart'>;

interface Listed {
  readonly name: string;
  readonly persistent: boolean;
  readonly autostart: boolean;
}

type Chooser<T> = (item: T) => boolean;
/** Options of one group widen each other, groups narrow each other; a group without any option lets all pass. */
type Groups<T> = readonly (readonly (readonly [wanted: boolean, chooser: Chooser<T>])[])[];

export const isActive = (domain: Pick<DomainSummary, 'id'>): boolean => domain.id !== undefined;

const isOther: Chooser<DomainSummary> = ({ state }) => !['running', 'paused', 'shutoff'].includes(state);

const commonGroups = <T extends Listed>(filter: NetworkFilter, active: Chooser<T>): Groups<T> => [
  [
    [!filter.inactive || filter.all, active],
    [filter.inactive || filter.all, (item) => !active(item)],
  ],
  [
    [filter.persistent, (item) => item.persistent],
    [filter.transient, (item) => !item.persistent],
  ],
  [
    [filter.autostart, (item) => item.autostart],
    [filter['no-autostart'], (item) => !item.autostart],
  ],
];

const stateGroup = (filter: ListFilter): Groups<DomainSummary> => [
  [
    [filter['state-running'], ({ state }) => state === 'running'],
    [filter['state-paused'], ({ state }) => state === 'paused'],
    [filter['state-shutoff'], ({ state }) => state === 'shutoff'],
    [filter['state-other'], isOther],
  ],
];

function choose<T>(items: readonly T[], groups: Groups<T>): T[] {
  const wanted = groups.map((group) => group.filter(([on]) => on)).filter((group) => group.length > 0);
  return items.filter((item) => wanted.every((group) => group.some(([, chooser]) => chooser(item))));
}

function byName(a: Listed, b: Listed): number {
  const [left, right] = [a.name.toLowerCase(), b.name.toLowerCase()];
  if (left === right) return a.name < b.name ? -1 : 1;
  return left < right ? -1 : 1;
}

/** Active domains by number, then inactive ones by name, as virsh sorts them. */
function listOrder(a: DomainSummary, b: DomainSummary): number {
  if (a.id !== undefined && b.id !== undefined) return a.id - b.id;
  if (a.id === undefined && b.id === undefined) return byName(a, b);
  return a.id === undefined ? 1 : -1;
}

/** Whoever asks for those that are shut off means inactive ones, as virsh has it. */
export const chooseDomains = (domains: readonly DomainSummary[], filter: ListFilter): DomainSummary[] => {
  const inactive = filter.inactive || filter['state-shutoff'];
  return choose(domains, [...commonGroups<DomainSummary>({ ...filter, inactive }, isActive), ...stateGroup(filter)]).toSorted(listOrder);
};

/** Networks, or pools, which are chosen alike. Sorted by name. */
export const chooseNetworks = <N extends NetworkSummary>(networks: readonly N[], filter: NetworkFilter): N[] =>
  choose(
    networks,
    commonGroups(filter, ({ active }) => active),
  ).toSorted(byName);
