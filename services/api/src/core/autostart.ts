/** What is to be done about things that start with the fleet, as far as the facts show it now. */

export interface AutostartDomain {
  readonly uuid: string;
  readonly autostart: boolean;
  /** A placement names a host for it, and that host has not said that it has ended. */
  readonly heldBy?: string | undefined;
}

export interface AutostartFacts {
  readonly domains: readonly AutostartDomain[];
  /** Hosts that report. */
  readonly alive: ReadonlySet<string>;
  /** Domains that have been seen to already, in this start of the fleet. */
  readonly settled: ReadonlySet<string>;
}

export interface AutostartStep {
  /** To be started now. */
  readonly start: readonly string[];
  /** They run: nothing is to be done. */
  readonly runs: readonly string[];
  /** Their host has not come back: whether they run is not known, and unknown starts nothing. */
  readonly waiting: readonly string[];
}

export function decideAutostart({ domains, alive, settled }: AutostartFacts): AutostartStep {
  const due = domains.filter(({ uuid, autostart }) => autostart && !settled.has(uuid));
  const uuids = (which: (heldBy: string | undefined) => boolean): string[] =>
    due.filter(({ heldBy }) => which(heldBy)).map(({ uuid }) => uuid);
  return {
    start: alive.size === 0 ? [] : uuids((heldBy) => heldBy === undefined),
    runs: uuids((heldBy) => heldBy !== undefined && alive.has(heldBy)),
    waiting: uuids((heldBy) => (heldBy === undefined ? alive.size === 0 : !alive.has(heldBy))),
  };
}

/**
 * Whether the fleet comes up: none of its hosts reports any more, or there has never been one. A service that is restarted, or a
 * nats-server, is no such moment: their hosts go on.
 */
export const comesUp = (lastBeats: readonly Date[], now: Date, silentAfterMs: number): boolean =>
  lastBeats.every((beat) => now.getTime() - beat.getTime() >= silentAfterMs);
