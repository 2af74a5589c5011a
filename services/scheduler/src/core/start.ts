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

export function decideStart(facts: {
  readonly commandId: string;
  readonly placement: Placement | undefined;
  readonly state: DomainState | undefined;
}): StartDecision {
  const { placement, state, commandId } = facts;
  if (!isHeld(placement)) return { type: 'place', epoch: (placement?.epoch ?? 0) + 1 };
  if (hasEnded(placement, state)) return { type: 'place', epoch: placement.epoch + 1 };
  return placement.commandId === commandId ? { type: 'placed_before', placement } : { type: 'active' };
}
