import type { DomainState, Placement } from '@virtbus/contracts';

/** What starting a domain comes to, given the facts about it. */
export type StartDecision =
  /** This very command has placed it: tell the host again. */
  | { readonly type: 'placed_before'; readonly placement: HeldPlacement }
  | { readonly type: 'place'; readonly epoch: number }
  | { readonly type: 'active' };

export type HeldPlacement = Placement & { readonly hostId: string };

export const isHeld = (placement: Placement | undefined): placement is HeldPlacement => placement?.hostId !== undefined;

/** The host has said that nothing of the placement is left. */
export const hasEnded = (placement: Placement, state: DomainState | undefined): boolean =>
  state !== undefined && state.epoch >= placement.epoch && state.state === 'shutoff';

/** The host has said that a guest of this very placement, or of a later one, is there. */
export const isActive = (placement: Placement, state: DomainState | undefined): boolean =>
  state !== undefined && state.epoch >= placement.epoch && state.state !== 'shutoff';

/**
 * Where a domain is by its host's own word, of which the record of placements does not know, or knows only what was before: it is lost, or
 * was put back from a copy.
 */
export function lostPlacement(placement: Placement | undefined, state: DomainState | undefined): HeldPlacement | undefined {
  if (!state || state.state === 'shutoff' || state.epoch <= (placement?.epoch ?? 0)) return undefined;
  const { uuid, name, epoch, hostId } = state;
  return { uuid, name, epoch, hostId, commandId: '' };
}

export function decideStart(facts: {
  readonly commandId: string;
  readonly placement: Placement | undefined;
  readonly state: DomainState | undefined;
}): StartDecision {
  const { placement, state, commandId } = facts;
  if (lostPlacement(placement, state)) return { type: 'active' };
  // A host refuses what is no newer than the newest that it has seen.
  if (!isHeld(placement)) return { type: 'place', epoch: Math.max(placement?.epoch ?? 0, state?.epoch ?? 0) + 1 };
  if (hasEnded(placement, state)) return { type: 'place', epoch: placement.epoch + 1 };
  return placement.commandId === commandId ? { type: 'placed_before', placement } : { type: 'active' };
}
