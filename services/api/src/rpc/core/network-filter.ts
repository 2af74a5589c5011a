interface Filterable {
  readonly active: boolean;
  readonly persistent: boolean;
  readonly autostart: boolean;
}

/** virConnectListAllNetworksFlags: pairs of bits, the first of them for those that are so. */
const pairs: readonly (readonly [yes: number, no: number, property: keyof Filterable])[] = [
  [2, 1, 'active'],
  [4, 8, 'persistent'],
  [16, 32, 'autostart'],
];

export const ALL_NETWORK_FILTERS = pairs.reduce((all, [yes, no]) => all | yes | no, 0);

/** Bits of a pair are alternatives, pairs are conditions; a pair without a bit does not filter. */
export const networkPasses = (network: Filterable, flags: number): boolean =>
  pairs.every(([yes, no, property]) => (flags & (yes | no)) === 0 || (flags & (network[property] ? yes : no)) !== 0);
