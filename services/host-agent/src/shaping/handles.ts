import type { HtbClass } from '@virtbus/netlink';
import type { Flow } from '../core/shape-plan.js';

/** libvirt's numbers: root 1:, its one class 1:1, the queue below it 2:. */
export const ROOT = 0x1_0000;
export const LEAF = 0x2_0000;
export const only = 1;

/** On a bridge: all traffic is below 1:1; what is guaranteed to nobody in particular in 1:2; floors from 1:3 on. */
export const OTHERS = 2;
export const FIRST_FLOOR = 3;

export const asFlow = ({ rate, ceil, burstBytes, quantum }: Flow, at: { readonly handle: number; readonly parent: number }): HtbClass => ({
  ...at,
  rate,
  ceil,
  quantum,
  ...(burstBytes === undefined ? {} : { burstBytes }),
});
