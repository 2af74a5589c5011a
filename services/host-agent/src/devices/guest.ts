import type { Monitor } from '@virtbus/qmp';
import type { DomainEntry } from '../core/domain-entry.js';
import type { DomainWorld } from '../domain-world.js';
import type { DeviceEventName } from '../ports.js';
import type { Removals } from './removals.js';

/** A running guest, as those see it who change its devices. What they do comes one after another (the domain's queue). */
export interface Guest {
  readonly world: DomainWorld;
  readonly monitor: Monitor;
  readonly removals: Removals;
  /** As it is on record now. */
  readonly entry: DomainEntry;
  /** Changes the record: on disk when this returns. @throws Refusal when the guest has ended meanwhile */
  record(change: (entry: DomainEntry) => DomainEntry): Promise<void>;
  /** As `record`, for what is only about to be done: a change that the disk does not take is not on record. */
  announce(change: (entry: DomainEntry) => DomainEntry): Promise<void>;
  /** Runs behind what is under way for this guest. */
  inOrder(act: () => Promise<void>): Promise<void>;
  /** Tells the fleet what is on record now, then what has happened to a device. */
  tell(event?: { readonly what: DeviceEventName; readonly alias: string }): Promise<void>;
}
