import type { Happening } from './lifecycle.js';

/** How a process's end is called. One that ended without announcing it has crashed. */
export function endingOf({ destroyed, shutdown }: { readonly destroyed: boolean; readonly shutdown?: object }): Happening {
  if (destroyed) return 'ended_destroyed';
  return shutdown ? 'ended_shutdown' : 'ended_crashed';
}
