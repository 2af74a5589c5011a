import type { LearningMode } from '../core/nwfilter/learning-filter.js';

/** Finds out which address a guest has. */
export interface AddressLearner {
  /** What has been learned and still holds; empty at first. */
  addresses(link: string, mac: string): Promise<readonly string[]>;
  /** Begins to listen, unless it does; `changed` tells that what was learned has changed. */
  learn(of: { readonly link: string; readonly mac: string; readonly mode: LearningMode }, changed: () => void): void;
  forget(link: string): Promise<void>;
  close(): void;
}
