import type { HostNetwork } from '@virtbus/contracts';
import { floorsGivenBack, handFloorsOf } from './core/hand-floors.js';
import type { NetworkFacts } from './core/network-facts.js';
import type { FloorPlan } from './core/shape-plan.js';
import type { Shaping } from './shaping/shaping.js';

/** What the bridges of this host guarantee to ports that were made by hand. */
export class NetworkFloors {
  private readonly promised = new Map<string, readonly FloorPlan[]>();

  constructor(
    private readonly hostId: string,
    private readonly shaping: Pick<Shaping, 'addFloor' | 'removeFloor' | 'hasFloor'> | undefined,
  ) {}

  /** From before a restart. */
  remember(uuid: string, { ports }: NetworkFacts): void {
    this.promised.set(uuid, handFloorsOf(ports, this.hostId));
  }

  forget(uuid: string): void {
    this.promised.delete(uuid);
  }

  /** @throws LinkError */
  settle({ uuid, bridge }: HostNetwork, { ports }: NetworkFacts): void {
    const { shaping, hostId } = this;
    const wanted = handFloorsOf(ports, hostId);
    for (const minor of floorsGivenBack(this.promised.get(uuid) ?? [], ports, hostId)) shaping?.removeFloor(bridge, minor);
    for (const floor of wanted) if (shaping && !shaping.hasFloor(bridge, floor)) shaping.addFloor(bridge, floor);
    this.promised.set(uuid, wanted);
  }
}
