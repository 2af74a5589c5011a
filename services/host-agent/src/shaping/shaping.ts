import type { Flow, FloorPlan, ShapePlan } from '../core/shape-plan.js';

/**
 * Traffic shaping of this host's links. Every method may be repeated: it finds its own work. Failures are `LinkError`.
 */
export interface Shaping {
  /**
   * Shapes a link, or changes how: what is kept is not interrupted. `inbound` is what the link sends (a tap sends to its guest); a link
   * that shares its guest's view, such as a macvtap, has the two the other way round.
   */
  shape(link: string, plan: ShapePlan): Promise<void>;
  /** Succeeds when the link is gone. */
  unshape(link: string): Promise<void>;
  /** Whether the kernel shapes the link otherwise than planned: what differs, a sentence each. Changes nothing. */
  differences(link: string, plan: ShapePlan): readonly string[];

  /** Shapes all of a network's traffic on its bridge. Floors that are there stay. */
  shapeBridge(bridge: string, plan: ShapePlan): Promise<void>;
  /** Guarantees part of a shaped bridge's traffic to one guest. */
  addFloor(bridge: string, floor: FloorPlan): void;
  removeFloor(bridge: string, minor: number): void;
  hasFloor(bridge: string, floor: FloorPlan): boolean;

  close(): Promise<void>;
}

export type { Flow, FloorPlan, ShapePlan };
