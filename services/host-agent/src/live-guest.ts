import type { CardFilter } from '@virtbus/contracts';
import type { Monitor } from '@virtbus/qmp';
import type { DomainEntry } from './core/domain-entry.js';

/** A running guest, as operations on it see it. */
export interface LiveGuest {
  readonly entry: DomainEntry;
  readonly monitor: Monitor;
  /** Of its QEMU. */
  readonly pid: number;
  /** Changes what is on record of it: kept in the journal and told to the fleet before this returns. */
  amend(change: (entry: DomainEntry) => DomainEntry): Promise<void>;
  /**
   * The agent inside of it is about to be asked to take it down: it ends or starts over as the guest does, whatever its button was to do.
   * @throws Refusal operation_invalid unless its processors run
   */
  leaveToAgent(): void;
  /** What one of its network cards lets through, by its MAC address, link or alias. @throws as RxFilters.of does */
  cardFilter(name: string): Promise<CardFilter>;
}
