import type { DomainEntry } from '../core/domain-entry.js';

/** More commands than can be on their way to one domain at once. */
const KEPT = 16;

/** Whether a command has changed the guest already, in an earlier delivery. */
export const wasDone = ({ settled = [] }: DomainEntry, by: string): boolean => settled.includes(by);

/** The same entry, with the command's work on record. */
export const withDone = (entry: DomainEntry, by: string): DomainEntry => ({
  ...entry,
  settled: [...(entry.settled ?? []), by].slice(-KEPT),
});

/** The command's work is not done after all. */
export const withoutDone = (entry: DomainEntry, by: string): DomainEntry => ({
  ...entry,
  settled: (entry.settled ?? []).filter((each) => each !== by),
});
