/** virConnectListAllDomainsFlags. */
export const domainFilter = {
  active: 1,
  inactive: 2,
  persistent: 4,
  transient: 8,
  running: 16,
  paused: 32,
  shutoff: 64,
  other: 128,
  managedSave: 256,
  noManagedSave: 512,
  autostart: 1024,
  noAutostart: 2048,
  hasSnapshot: 4096,
  noSnapshot: 8192,
  hasCheckpoint: 16384,
  noCheckpoint: 32768,
} as const;

export interface Filterable {
  readonly active: boolean;
  readonly state: string;
  readonly record: { readonly persistent: boolean; readonly autostart: boolean };
}

type Bits = (domain: Filterable) => number;

const either =
  (yes: number, no: number, holds: (domain: Filterable) => boolean): Bits =>
  (domain) =>
    holds(domain) ? yes : no;

const stateBits: Readonly<Record<string, number>> = {
  running: domainFilter.running,
  paused: domainFilter.paused,
  shutoff: domainFilter.shutoff,
};

/** Each group with the bit in it that a domain has. No domain here has managed saves, snapshots or checkpoints. */
const groups: readonly (readonly [mask: number, bitOf: Bits])[] = [
  [3, either(domainFilter.active, domainFilter.inactive, (domain) => domain.active)],
  [12, either(domainFilter.persistent, domainFilter.transient, ({ record }) => record.persistent)],
  [240, (domain) => stateBits[domain.state] ?? domainFilter.other],
  [768, () => domainFilter.noManagedSave],
  [3072, either(domainFilter.autostart, domainFilter.noAutostart, ({ record }) => record.autostart)],
  [12_288, () => domainFilter.noSnapshot],
  [49_152, () => domainFilter.noCheckpoint],
];

export const ALL_DOMAIN_FILTERS = groups.reduce((all, [mask]) => all | mask, 0);

/** Bits of one group are alternatives, groups are conditions; a group without a bit does not filter. */
export const domainPasses = (domain: Filterable, flags: number): boolean =>
  groups.every(([mask, bitOf]) => (flags & mask) === 0 || (flags & bitOf(domain)) !== 0);
