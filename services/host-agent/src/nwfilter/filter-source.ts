import type { FilterDefinitions } from '../core/nwfilter/filter-rule.js';

/** Definitions of the fleet's filters. */
export interface FilterSource {
  /** Undefined while nobody has told them. */
  definitions(): FilterDefinitions | undefined;
  /** Resolves once those are known that were there at a revision; after two seconds in any case. */
  reached(revision: number): Promise<void>;
  /** Tells the names of filters that have changed. */
  onChange(listener: (names: ReadonlySet<string>) => void): void;
}
