import type { FilterDefinitions } from '../core/nwfilter/filter-rule.js';

/** Definitions of the fleet's filters. */
export interface FilterSource {
  /** Undefined while nobody has told them. */
  definitions(): FilterDefinitions | undefined;
  /** Tells the names of filters that have changed. */
  onChange(listener: (names: ReadonlySet<string>) => void): void;
}
