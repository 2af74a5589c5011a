import { setTimeout as sleep } from 'node:timers/promises';
import type { DomainWorld } from './domain-world.js';

const RETRY_MS = [200, 5_000] as const;

/** The bus may be away for long; what happened on the host has happened all the same. */
export async function untilHeard(world: Pick<DomainWorld, 'log'>, say: () => Promise<void>): Promise<void> {
  let pauseMs: number = RETRY_MS[0];
  for (;;) {
    try {
      return await say();
    } catch (error) {
      world.log.warn(`a report is not heard, and is said again: ${error instanceof Error ? error.message : String(error)}`);
      await sleep(pauseMs, undefined, { ref: false });
      pauseMs = Math.min(pauseMs * 2, RETRY_MS[1]);
    }
  }
}
