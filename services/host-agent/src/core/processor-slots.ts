/** A place for processors, as QEMU's `query-hotpluggable-cpus` tells of it. */
export interface ProcessorSlot {
  readonly driver: string;
  readonly vcpus: number;
  readonly place: Readonly<Record<string, number>>;
  /** The object's path when it is filled: one that was plugged lies below `/machine/peripheral` and can be pulled. */
  readonly plugged?: string;
}

export type ProcessorPlan =
  | { readonly type: 'refused'; readonly words: string }
  | {
      readonly type: 'change';
      readonly add: readonly { readonly id: string; readonly driver: string; readonly place: Readonly<Record<string, number>> }[];
      readonly remove: readonly string[];
    };

const PERIPHERAL = '/machine/peripheral/';
const UNREACHABLE = 'failed to find appropriate hotpluggable vcpus to reach the desired target vcpu count';

const inOrder = (a: ProcessorSlot, b: ProcessorSlot): number => rank(a) - rank(b);
const rank = ({ place }: ProcessorSlot): number =>
  ['node-id', 'socket-id', 'die-id', 'core-id', 'thread-id'].reduce((sum, key) => sum * 1024 + (place[key] ?? 0), 0);

/** Which processors to plug, lowest place first, or to pull, last one first, so that there are `wanted`. */
export function planProcessors(slots: readonly ProcessorSlot[], wanted: number): ProcessorPlan {
  const ordered = slots.map((slot, index) => ({ slot, index })).toSorted((a, b) => inOrder(a.slot, b.slot));
  let count = ordered.reduce((sum, { slot }) => sum + (slot.plugged === undefined ? 0 : slot.vcpus), 0);
  const add: { id: string; driver: string; place: Readonly<Record<string, number>> }[] = [];
  const remove: string[] = [];
  for (const [at, { slot }] of ordered.entries()) {
    if (slot.plugged !== undefined || count + slot.vcpus > wanted) continue;
    add.push({ id: `vcpu${at}`, driver: slot.driver, place: slot.place });
    count += slot.vcpus;
  }
  for (const { slot } of ordered.toReversed()) {
    if (!slot.plugged?.startsWith(PERIPHERAL) || count - slot.vcpus < wanted) continue;
    remove.push(slot.plugged.slice(PERIPHERAL.length));
    count -= slot.vcpus;
  }
  return count === wanted ? { type: 'change', add, remove } : { type: 'refused', words: UNREACHABLE };
}
